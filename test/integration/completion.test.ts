// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runTskit } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder();
let script: string;
beforeAll(async () => {
  script = join(folder.path, 'tskit.bash');
  writeFileSync(script, (await runTskit(['completion', 'bash'])).stdout);
  mkdirSync(join(folder.path, 'specs'));
  mkdirSync(join(folder.path, 'redis-mine'));
  writeFileSync(join(folder.path, 'redis-mine', 'recipe.yml'), '');
  writeFileSync(join(folder.path, 'redis-mine', 'README'), '');
  for (const name of ['os.yml', 'other.yaml', 'notes.txt', 'os-kernel', 'os-initrd.img', 'two words.yml']) {
    writeFileSync(join(folder.path, name), '');
  }
});
afterAll(() => folder[Symbol.dispose]());

/** What bash offers after `line`, whose last word is being typed. */
async function complete(line: string): Promise<readonly string[]> {
  // As bash splits it: "=" and ":" are words of their own.
  const words = line.split(/\s+|(?<=[=:])|(?=[=:])/);
  const program = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tskit; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await execa('bash', ['--norc', '-c', program, 'bash', script, ...words], { cwd: folder.path });
  return stdout.split('\n').filter((word) => word !== '');
}

test('the script is read without a word, and asks for tskit', async () => {
  const { stdout, stderr } = await execa('bash', ['--norc', '-c', `source "${script}"; complete -p tskit`]);
  expect({ stdout, stderr }).toEqual({ stdout: 'complete -F _tskit tskit', stderr: '' });
});

describe('bash completes', () => {
  test.each<[string, readonly string[]]>([
    ['tskit v', ['validate', 'version']],
    ['tskit help ru', ['run']],
    ['tskit build --for', ['--format']],
    ['tskit build --format kernel+ini', ['kernel+initrd']],
    ['tskit build --format=kernel+ini', ['kernel+initrd']],
    ['tskit build -f tar,kernel+ini', ['tar,kernel+initrd']],
    ['tskit build --arch a', ['amd64', 'arm64']],
    ['tskit build --init im', ['image']],
    ['tskit build --dir s', ['specs']],
    ['tskit build o', ['os.yml', 'other.yaml']],
    ['tskit build --name x --format=tar o', ['os.yml', 'other.yaml']],
    ['tskit -q build o', ['os.yml', 'other.yaml']],
    ['tskit build --name n', []],
    ['tskit validate t', ['two words.yml']],
    ['tskit validate os.yml o', ['os.yml', 'other.yaml']],
    ['tskit run o', ['os']],
    ['tskit run --accel k', ['kvm']],
    ['tskit run --data-file n', ['notes.txt']],
    ['tskit cache c', ['clean']],
    ['tskit cache rm pkg:ng', ['nginx']],
    ['tskit completion b', ['bash']],
    ['tskit pkg b', ['build']],
    ['tskit pkg build red', ['redis', 'redis-mine']],
    ['tskit pkg build busybox red', ['redis', 'redis-mine']],
    ['tskit pkg build ./red', ['./redis-mine']],
    ['tskit pkg build pkg:red', ['redis']],
    ['tskit pkg build redis-mine/', ['redis-mine/recipe.yml']],
    ['tskit pkg push red', ['redis', 'redis-mine']],
    ['tskit pkg push nginx red', []],
    ['tskit pkg lock red', ['redis-mine']],
    ['tskit pkg update o', ['os.yml', 'other.yaml']],
    ['tskit pkg new red', []],
    ['tskit pkg ls red', []],
    ['tskit pkg --arch amd64 build red', ['redis', 'redis-mine']],
  ])('"%s"', async (line, expected) => {
    expect(await complete(line)).toEqual(expected);
  });

  test.each(['validate', 'build', 'run', 'ctl', 'lock', 'cache', 'schema', 'completion'])(
    'every flag that the help of %s shows',
    async (command) => {
      const { stdout } = await runTskit([command, '--help']);
      const flags = [...stdout.matchAll(/^ +(?:-\w, )?(--[\w-]+)/gm)].map(([, flag]) => flag);
      expect(flags).toContain('--help');
      expect(await complete(`tskit ${command} --`)).toEqual(expect.arrayContaining(flags));
    },
  );
});

test('another shell is a usage error', async () => {
  const { exitCode, stderr } = await runTskit(['completion', 'fish']);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('expected the shell "bash", found "fish"');
});
