// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CliResult, runTskit, tskit } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());

beforeAll(() => {
  write('good.yml', 'init: [busybox]\nfiles:\n  - path: a\n    source: good.yml\n');
  write('bad.yml', 'kernel:\n  image: pkg:kernle\n  cmdlin: x\ninit: busybox\n');
  write('absent.yml', 'kernel:\n  image: pkg:kernle\nfiles:\n  - path: a\n    source: none\n');
  write('base.yml', 'kernel:\n  image: pkg:kernel\n');
  write('more.yml', 'kernel:\n  cmdline: quiet\n');
});

function write(name: string, text: string): void {
  writeFileSync(join(folder.path, name), text);
}

function validate(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CliResult> {
  return runTskit(['validate', ...args], {
    cwd: folder.path,
    env: { XDG_CACHE_HOME: join(folder.path, 'cache'), ...env },
  });
}

describe('validate', () => {
  test('prints a line for a valid spec and nothing else', async () => {
    expect(await validate(['good.yml'])).toEqual({ exitCode: 0, stdout: 'good.yml: valid', stderr: '' });
  });

  test('shows every mistake of every spec, and which are valid', async () => {
    const { exitCode, stdout, stderr } = await validate(['good.yml', 'bad.yml', 'absent.yml']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: 'good.yml: valid' });
    expect(stderr).toContain(
      'bad.yml:3:3: kernel.cmdlin: expected a known key, found "cmdlin"; did you mean "cmdline"?',
    );
    expect(stderr).toContain('bad.yml:4:7: init: expected a list of image references');
    expect(stderr).toMatch(/absent\.yml:2:3: kernel\.image: .*did you mean "pkg:kernel"\?/);
    expect(stderr).toContain(
      `absent.yml:5:5: files[0].source: expected a file or folder of this machine at "${folder.path}/none"`,
    );
  });

  test('says the same as JSON', async () => {
    const { exitCode, stdout, stderr } = await validate(['--json', 'bad.yml', 'nope.yml']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      valid: false,
      errors: [
        expect.objectContaining({
          file: 'bad.yml',
          line: 3,
          column: 3,
          path: 'kernel.cmdlin',
          suggestion: 'did you mean "cmdline"?',
        }),
        expect.objectContaining({ file: 'bad.yml', line: 4, column: 7, path: 'init' }),
        expect.objectContaining({ file: 'nope.yml', line: 1, column: 1, message: expect.stringContaining('ENOENT') }),
      ],
      warnings: [],
    });
    expect(JSON.parse((await validate(['--json', 'good.yml'])).stdout)).toEqual({
      valid: true,
      errors: [],
      warnings: [],
    });
  });

  test('takes specs one by one, or as one with --merge', async () => {
    expect((await validate(['base.yml', 'more.yml'])).stderr).toContain(
      'more.yml:2:3: kernel: expected the key "image"',
    );
    expect(await validate(['--merge', 'base.yml', 'more.yml'])).toMatchObject({ exitCode: 0, stderr: '' });
  });

  test.each(['', ' >/dev/null', ' | cat'])('loads no streams for a line on standard output%s', async (redirection) => {
    write(
      'modules.cjs',
      "process.on('exit', () => require('fs').writeFileSync('modules', process.moduleLoadList.join()));",
    );
    execFileSync('sh', ['-c', `"$0" validate good.yml${redirection}`, tskit], {
      cwd: folder.path,
      env: { ...process.env, XDG_CACHE_HOME: join(folder.path, 'cache'), NODE_OPTIONS: '--require ./modules.cjs' },
    });
    expect(readFileSync(join(folder.path, 'modules'), 'utf8').split(',')).not.toContain('NativeModule stream');
  });

  test('opens no socket for a URL', async () => {
    const { exitCode, stderr } = await validate(['http://127.0.0.1:1/os.yml']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('found "http://127.0.0.1:1/os.yml"');
  });
});

describe('the compiled code of an earlier run', () => {
  const code = join(folder.path, 'cache/tskit/code');

  test('is kept by the first and used by the second', async () => {
    await validate(['good.yml']);
    const name = readdirSync(code).find((file) => file.endsWith('-validate')) ?? '';
    const { ino } = statSync(join(code, name));
    await validate(['good.yml']);
    expect(statSync(join(code, name)).ino).toBe(ino);
  });

  test('is not believed when a bit of it is wrong, or somebody else could have written it', async () => {
    const file = join(code, readdirSync(code).find((name) => name.endsWith('-validate')) ?? '');
    const whole = readFileSync(file);
    for (const at of [0, 1000, whole.length >> 2, whole.length - 1]) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 0x40;
      writeFileSync(file, damaged);
      expect(await validate(['good.yml'])).toEqual({ exitCode: 0, stdout: 'good.yml: valid', stderr: '' });
      expect(readFileSync(file).equals(damaged)).toBe(false);
    }
    chmodSync(file, 0o666);
    expect((await validate(['good.yml'])).exitCode).toBe(0);
    expect(statSync(file).mode & 0o777).toBe(0o644);
  });

  test('is done without where it cannot be kept', async () => {
    const blocked = join(folder.path, 'blocked');
    mkdirSync(blocked);
    writeFileSync(join(blocked, 'tskit'), 'a file where the folder should be');
    expect(await validate(['good.yml'], { XDG_CACHE_HOME: blocked })).toMatchObject({ exitCode: 0, stderr: '' });
  });
});

test('schema prints the schema that is published', async () => {
  const published = readFileSync(new URL('../../docs/spec.schema.json', import.meta.url), 'utf8');
  expect(`${(await runTskit(['schema'])).stdout}\n`).toBe(published);
});
