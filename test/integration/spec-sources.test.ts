// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CliOptions, type CliResult, runTskit, tskit } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

const folder = temporaryFolder();
const { path } = folder;
const cache = join(path, 'cache');

beforeAll(() => {
  for (const name of ['specs', 'more', 'empty']) mkdirSync(join(path, name));
  const files: Readonly<Record<string, string>> = {
    'specs/a.yml': 'files:\n  - {path: etc/a, source: a.conf}\n',
    'specs/a.conf': 'of a\n',
    'more/b.yml':
      'variables: {WHO: nobody}\nfiles:\n  - {path: etc/b, source: b.conf}\n  - {path: etc/c, contents: "${WHO}"}\n',
    'more/b.conf': 'of b\n',
    'more/trust.yml': 'trust: {org: [linuxkit]}\nfiles: [{path: t, contents: t}]\n',
    'more/odd.yml': 'servics: []\n',
    'more/worse.yml': 'init: 1\n',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
});
afterAll(() => folder[Symbol.dispose]());

function run(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return runTskit(args, { cwd: path, ...options });
}

function dryRun(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return run(['build', '--dry-run', ...args], options);
}

describe('a build of several specs', () => {
  test('has the files of all, each from the folder of its spec, and the name of the last', async () => {
    const out = join(path, 'out');
    const args = ['build', '--cache', cache, '--format', 'tar', '--dir', out, '--set', 'WHO=me'];
    const { exitCode, stdout, stderr } = await run([...args, 'specs/a.yml', 'more/b.yml']);
    expect({ exitCode, stdout }, stderr).toEqual({ exitCode: 0, stdout: join(out, 'b.tar') });
    for (const [name, text] of Object.entries({ a: 'of a', b: 'of b', c: 'me' })) {
      const { stdout: content } = await execa('tar', ['-xOf', join(out, 'b.tar'), `etc/${name}`]);
      expect(content).toBe(text);
    }
  });

  test('writes and reads the lock beside the first', async () => {
    const { exitCode, stdout } = await run(['lock', '--cache', cache, 'more/b.yml', 'specs/a.yml']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'more/tskit.lock' });
    writeFileSync(join(path, 'more/tskit.lock'), '{');
    const { stderr } = await run(['build', '--cache', cache, 'more/b.yml', 'specs/a.yml']);
    expect(stderr).toMatch(/^tskit: more\/tskit\.lock:1:2: /);
    expect(existsSync(join(path, 'specs/tskit.lock'))).toBe(false);
  });

  test('tells the mistakes of all at once', async () => {
    const { exitCode, stderr } = await dryRun(['more/odd.yml', 'specs/a.yml', 'more/worse.yml']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('tskit: more/odd.yml and more/worse.yml have 2 errors\nmore/odd.yml:1:1: servics: ');
    expect(stderr).toContain('\nmore/worse.yml:1:7: init: expected a list of image references, found the integer 1');
  });
});

describe('--dry-run', () => {
  const expected = [
    'files:',
    '  - path: etc/b',
    '    source: b.conf',
    '  - path: etc/c',
    '    contents: env',
    '  - path: etc/a',
    '    source: ../specs/a.conf',
  ].join('\n');

  test('prints the spec that all make, and writes nothing', async () => {
    const options = { cwd: join(path, 'empty'), env: { WHO: 'env', XDG_CACHE_HOME: join(path, 'empty') } };
    const { exitCode, stdout, stderr } = await dryRun(['../more/b.yml', '../specs/a.yml'], options);
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: expected, stderr: '' });
    expect(readdirSync(join(path, 'empty'))).toEqual([]);
  });

  test('prints what builds to the same bytes', async () => {
    const { stdout } = await dryRun(['specs/a.yml', 'more/b.yml']);
    writeFileSync(join(path, 'specs/merged.yml'), stdout);
    const args = ['build', '--cache', cache, '--format', 'tar', '--dir', path];
    await run([...args, '--name', 'one', 'specs/a.yml', 'more/b.yml']);
    await run([...args, '--name', 'two', 'specs/merged.yml']);
    expect(readFileSync(join(path, 'one.tar')).equals(readFileSync(join(path, 'two.tar')))).toBe(true);
  });

  test('needs no image to be there and opens no socket', async () => {
    writeFileSync(join(path, 'far.yml'), 'kernel: {image: "registry.invalid/kernel:1"}\ninit: ["oci:nowhere"]\n');
    const { exitCode, stdout } = await dryRun(['far.yml']);
    expect({ exitCode, stdout }).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('registry.invalid') });
  });

  test('warns of what is ignored', async () => {
    const { exitCode, stderr } = await dryRun(['more/trust.yml']);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/warning: more\/trust\.yml:1:1: "trust" is ignored/);
  });

  test('replaces templates', async () => {
    mkdirSync(join(path, 'more/mine'));
    writeFileSync(join(path, 'more/mine/recipe.yml'), '');
    writeFileSync(join(path, 'more/pkg.yml'), 'init: ["@pkg:./mine"]\n');
    expect((await dryRun(['more/pkg.yml'])).stdout).toBe('init:\n  - pkg:./mine');
    expect((await dryRun(['specs/a.yml', 'more/pkg.yml'])).stdout).toContain('- pkg:../more/mine');
  });
});

describe('standard input', () => {
  test('is a spec of the current folder', async () => {
    const { stdout } = await dryRun(['more/b.yml', '-'], { input: 'files: [{path: x, source: x.conf}]\n' });
    expect(stdout).toContain('source: ../x.conf');
  });

  test('is called so in messages', async () => {
    const { exitCode, stderr } = await dryRun(['-'], { input: 'servics: []\n' });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^tskit: standard input:1:1: servics: expected a known key/);
  });

  test('without an end ends with Ctrl-C', async () => {
    const child = execa(tskit, ['build', '--dry-run', '-'], { reject: false, stdin: 'pipe' });
    await until('it listens for Ctrl-C', () => catchesInterrupt(child.pid));
    child.kill('SIGINT');
    expect(await child).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('interrupted by SIGINT') });
  });
});

/** Whether a process catches SIGHUP, SIGINT and SIGTERM (proc_pid_status(5), SigCgt): the launcher's shell does not. */
function catchesInterrupt(pid: number | undefined): boolean {
  const caught = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
  const wanted = 0x4003n;
  return (BigInt(`0x${caught}`) & wanted) === wanted;
}
