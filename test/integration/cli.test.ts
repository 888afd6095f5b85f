// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { chmodSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asNobody, runTskit, tskit } from '../support/cli.ts';
import { buildIn, type OsWorkplace, osWorkplace, specText } from '../support/os-workplace.ts';

let place: OsWorkplace;
beforeAll(async () => {
  place = osWorkplace();
  await buildIn(place);
});
afterAll(() => place[Symbol.dispose]());

/** Runs bash with the CLI as "$0" and arguments of its own. */
function shell(script: string, args: readonly string[] = []): Promise<{ stdout: string; stderr: string }> {
  return execa('bash', ['-c', script, tskit, ...args], { cwd: place.path, reject: false });
}

/** No escape sequence and no other control character than line feeds. */
const plain = /^[\P{Cc}\n]*$/u;

describe('a line that cannot be understood', () => {
  test.each<[string, readonly string[], RegExp]>([
    ['an unknown command', ['bild'], /^tskit: unknown command "bild", did you mean "build"\?\nhint: /],
    ['a command like nothing', ['frobnicate'], /^tskit: unknown command "frobnicate"\nhint: see `tskit --help`$/],
    ['an option before the command', ['--dir', 'x', 'build'], /^tskit: expected a command first, found option "--dir"/],
    ['help on what is no command', ['help', 'lcok'], /unknown command "lcok", did you mean "lock"\?/],
    ['an unknown option', ['build', '--nmae', 'x', 'os.yml'], /unknown option "--nmae", did you mean "--name"\?/],
    ['an unknown letter', ['build', '-x', 'os.yml'], /unknown option "-x"/],
    ['an option of an object’s prototype', ['build', '--constructor', 'os.yml'], /unknown option "--constructor"/],
    ['a flag with a value', ['build', '--offline=yes', 'os.yml'], /"--offline" takes no value, found "yes"/],
    ['an option without its value', ['build', 'os.yml', '--dir'], /"--dir" expects DIR, found nothing/],
    ['an option with an empty value', ['build', '--cache', '', 'os.yml'], /"--cache" expects DIR, found an empty text/],
    [
      'a name of two lines',
      ['build', '--name', 'a\nb', 'os.yml'],
      /file name without control characters, found "a\nb"/,
    ],
    ['an option in place of a value', ['build', '--name', '--dir', 'x'], /"--name" expects NAME, found "--dir"/],
    ['an option given twice', ['build', '--dir', 'a', '--dir', 'b', 'x'], /"--dir" is given 2 times, expected once/],
    ['no spec', ['build'], /build: expected SPEC, the path of a YAML file, found nothing/],
    ['standard input twice', ['build', '-', 'a.yml', '-'], /expected "-" once, found it again/],
    ['a variable without value', ['build', '--set', 'A', 'a.yml'], /--set: expected NAME=VALUE, found "A"/],
    ['a variable that is no name', ['build', '--set', 'A-B=1', 'a.yml'], /expected NAME=VALUE, found "A-B=1"/],
    ['a variable set twice', ['build', '--set', 'A=1', '--set', 'A=2', 'a.yml'], /--set A: expected it once/],
    ['a format that is none', ['build', '--format', 'floppy', 'a.yml'], /"floppy" is no format/],

    [
      'a name with a folder',
      ['build', '--name', '../x', 'a.yml'],
      /--name: expected a file name without control characters, found "\.\.\/x"/,
    ],
    ['an init that is none', ['build', '--init', 'systemd', 'a.yml'], /--init: expected tskit, image or auto/],
    ['a cache command that is none', ['cache', 'list'], /expected ls, clean or rm, found "list"/],
    ['nothing to do with the cache', ['cache'], /expected ls, clean or rm, found nothing/],
    ['a port that is none', ['run', '--publish', '80', 'out/os'], /--publish "80": expected \[ADDRESS:\]HOST:GUEST/],
    ['a backend that is none', ['run', 'vmware', 'os'], /expected the backend "qemu", found "vmware"/],
  ])('%s ends with 2 and says what was expected', async (_, args, message) => {
    const { exitCode, stdout, stderr } = await runTskit(args, { cwd: place.path });
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr.match(/^tskit: /gm)).toHaveLength(1);
    expect(stderr).toMatch(plain);
  });

  test('no command at all shows the commands on stderr and ends with 2', async () => {
    expect(await runTskit([])).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringContaining('Usage: tskit COMMAND'),
    });
  });

  test('a bad SOURCE_DATE_EPOCH is refused before the spec is read', async () => {
    const { exitCode, stderr } = await runTskit(['build', 'missing.yml'], { env: { SOURCE_DATE_EPOCH: 'today' } });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('SOURCE_DATE_EPOCH: expected seconds since 1970 up to 4294967295, found "today"');
  });
});

describe('help', () => {
  test.each(['build', 'run', 'lock', 'cache'])('of %s shows every option, by all three ways', async (name) => {
    const outputs = await Promise.all(
      [
        [name, '--help'],
        [name, '-h'],
        ['help', name],
      ].map((args) => runTskit(args)),
    );
    for (const { exitCode, stdout, stderr } of outputs) {
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      expect(stdout).toMatch(new RegExp(`^Usage: tskit ${name} `));
      for (const option of ['--help', '--quiet', '--debug', '--cache DIR']) expect(stdout).toContain(option);
      expect(stdout).toBe(outputs[0]?.stdout);
    }
  });

  test('and version go to stdout, where a pager or script reads them', async () => {
    const { stdout: help } = await runTskit(['--help']);
    for (const name of ['build', 'run', 'lock', 'cache', 'version'])
      expect(help).toMatch(new RegExp(`^  ${name} `, 'm'));
    const { stdout: version } = await runTskit(['--version']);
    expect(version).toMatch(/^tskit \d+\.\d+\.\d+/);
    expect((await runTskit(['version'])).stdout).toBe(version);
  });
});

describe('a failure', () => {
  test.each<[string, readonly string[], RegExp]>([
    ['a missing spec', ['build', 'nope.yml'], /reading spec "nope\.yml": expected a YAML file/],
    [
      'a registry that is not there',
      ['build', '--cache', 'none', 'far.yml'],
      /^tskit: resolving "127\.0\.0\.1:1\/x": .*ECONNREFUSED\)\nhint: .*$/,
    ],
    ['a missing build', ['run', 'nope'], /expected what a build wrote, found "nope-kernel" missing/],
    ['an image that the cache does not have', ['cache', 'rm', 'nope'], /nope/],
  ])('%s ends with 1 and one message', async (_, args, message) => {
    writeFileSync(join(place.path, 'far.yml'), 'kernel: {image: "127.0.0.1:1/x"}\n');
    const { exitCode, stdout, stderr } = await runTskit(args, { cwd: place.path });
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/unexpected error|^ {4}at /m);
  });

  test('of a spec with a key that nobody knows is that, and nothing is written', async () => {
    writeFileSync(join(place.path, 'odd.yml'), 'unknownField: abc\n');
    const args = ['build', '--offline', '--dir', 'odd', 'odd.yml'];
    const { exitCode, stdout, stderr } = await runTskit(args, { cwd: place.path });
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain('odd.yml:1:1: unknownField: expected a known key');
    expect(existsSync(join(place.path, 'odd'))).toBe(false);
  });

  test('of a spec without an end is that it is too large', async () => {
    const { exitCode, stderr } = await runTskit(['build', '/dev/zero'], { cwd: place.path, limitMs: 20_000 });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^tskit: reading spec "\/dev\/zero": expected at most 16777216 bytes, found more$/m);
  });

  test('shows the stack and the causes with --debug', async () => {
    const { stderr } = await runTskit(['build', '--debug', 'nope.yml'], { cwd: place.path });
    expect(stderr).toMatch(/^tskit: reading spec "nope\.yml"[\s\S]*^ {4}at [\s\S]*^caused by: .*ENOENT/m);
  });

  test('of a hostile image name reaches the terminal as text and not as commands', async () => {
    const spec = join(place.path, 'hostile.yml');
    writeFileSync(spec, specText(`"oci:no\\e[2Jsuch\\u202elayout\\x07"`));
    const { exitCode, stderr } = await runTskit(['build', '--cache', place.cache, spec]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('no\\u001b[2Jsuch\\u202elayout\\u0007');
    expect(stderr).toMatch(plain);
  });
});

describe('output', () => {
  test('a build prints the files written, and with --json events, of which the last has them', async () => {
    const files = ['os-kernel', 'os-initrd.img', 'os-cmdline'].map((name) => join(place.out, name));
    expect((await runTskit(place.buildArgs())).stdout.split('\n')).toEqual(files);
    const { stdout, stderr } = await runTskit([...place.buildArgs(), '--json']);
    const events = stdout.split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events.at(-1)).toMatchObject({
      event: 'finished',
      files,
      sizes: files.map((path) => statSync(path).size),
      seconds: expect.any(Number),
      next: `tskit run ${join(place.out, 'os')}`,
    });
    expect(events.slice(0, -1).map(({ event }) => event)).toContain('cached');
    expect(stderr).toBe('');
  });

  test('with --json a failure is the last event, and a message on stderr as ever', async () => {
    const { exitCode, stdout, stderr } = await runTskit(['build', '--json', 'nope.yml'], { cwd: place.path });
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout.split('\n').at(-1) ?? '')).toMatchObject({ event: 'error', code: 'spec' });
    expect(stderr).toMatch(/^tskit: reading spec "nope\.yml"/);
  });

  test('a build ends with what was made, what was cached and what to type next', async () => {
    await runTskit(place.buildArgs());
    const { stderr } = await runTskit(place.buildArgs());
    const [summary, next] = stderr.split('\n').slice(-2);
    expect(summary).toMatch(/^3 files, [\d.]+ [kM]B, in [\d.]+ s: (\d) of \1 segments cached, nothing fetched$/);
    expect(next).toBe(`next: tskit run ${join(place.out, 'os')}`);
  });

  test.each([
    [['-v'], /^cached \(pack\): oci:web$/m, true],
    [['--verbose=2'], /^cached \(pack\): oci:web$/m, true],
    [['-v', '1'], /^cached /m, false],
    [['-v', '0'], /./, false],
  ])('%j says as much as is asked for', async (flags, pattern, isThere) => {
    const { exitCode, stderr } = await runTskit([...place.buildArgs(), ...flags]);
    expect(exitCode).toBe(0);
    expect(pattern.test(stderr)).toBe(isThere);
  });

  test('cache ls --json is one object', async () => {
    const { stdout } = await runTskit(['cache', 'ls', '--json', '--cache', place.cache]);
    expect(JSON.parse(stdout)).toBeTypeOf('object');
  });

  test('--quiet leaves nothing but results and errors', async () => {
    const args = [...place.buildArgs({ cache: join(place.path, 'quiet') }), '--quiet'];
    const { exitCode, stderr } = await runTskit(args);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });

  test('away from a terminal progress is plain lines', async () => {
    const { stderr } = await runTskit(place.buildArgs({ cache: join(place.path, 'piped') }));
    expect(stderr).toMatch(/^packing oci:web \(\d+ kB\)$/m);
    expect(stderr).toMatch(plain);
  });

  test('a reader that goes away early is no failure', async () => {
    const { stdout, stderr } = await shell(`"$0" --help | true; echo "\${PIPESTATUS[0]}"`);
    expect({ stdout, stderr }).toEqual({ stdout: '0', stderr: '' });
    const build = await shell(`("$0" "$@"; echo $? > status) 2>&1 | true; cat status`, place.buildArgs());
    expect(build.stdout).toBe('0');
  });

  test('an output that cannot be written is a failure that says so', async () => {
    const { stdout, stderr } = await shell('"$0" --help > /dev/full; echo $?');
    expect(stdout).toBe('1');
    expect(stderr).toMatch(/^tskit: writing to standard output: ENOSPC/);
  });

  test('closed standard streams do no harm', async () => {
    const { stdout } = await shell('"$0" "$@" <&- >&- 2>&-; echo $?', place.buildArgs());
    expect(stdout).toBe('0');
  });
});

test('a cache that cannot be written is one clear message', async () => {
  const denied = join(place.path, 'denied');
  mkdirSync(denied);
  chmodSync(denied, 0o555);
  const { exitCode, stderr } = await runTskit(place.buildArgs({ cache: denied }), { through: asNobody });
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^tskit: .*denied.*(EACCES|permission denied)/m);
  expect(stderr).not.toContain('unexpected error');
});
