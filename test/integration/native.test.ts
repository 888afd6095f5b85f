// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync, spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildElsewhere, builds, buildNativeTests, runAsPid1, runPlain, runUnit } from '../support/native.ts';

const root = new URL('../..', import.meta.url).pathname;
const init = join(root, 'dist/init');
const units = [
  'engine',
  'file',
  'path',
  'mount',
  'process',
  'identity',
  'event',
  'socket',
  'device',
  'bpf',
  'seccomp',
  'key',
  'schedule',
  'json',
  'bundle',
  'bundle-process',
  'create',
];

beforeAll(buildNativeTests);

/** Names of the functions and constants in init/sys.d.ts. */
function declaredNames(): string[] {
  const types = readFileSync(join(root, 'init/sys.d.ts'), 'utf8');
  return [...types.matchAll(/^ {2}export (?:function|const) (\w+)/gm)].map((match) => match[1] ?? '').sort();
}

function symbols(program: string): string[] {
  return execFileSync('nm', ['--format=posix', program], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.split(' ', 1)[0] ?? '');
}

describe('the bindings', () => {
  for (const build of builds) {
    for (const unit of units) {
      it(`do what they say and name their failures: ${unit}, ${build} build`, () => {
        expect(runUnit(build, unit)).toEqual({ code: 0, stdout: '', stderr: '' });
      });
    }
  }

  it('are those that init/sys.d.ts declares', () => {
    expect(runUnit('test', 'exports').stdout.trim().split('\n')).toEqual(declaredNames());
  });

  it('are all called by these tests', () => {
    const files = globSync(join(root, 'test/native/**/*.ts'));
    const text = files.map((file) => readFileSync(file, 'utf8')).join('\n');
    expect(declaredNames().filter((name) => !new RegExp(`\\bsys\\.${name}\\b`).test(text))).toEqual([]);
  });
});

describe('the reader of compressed units', () => {
  it('gives back what liblz4 packed and never leaves its bounds on a damaged block', () => {
    const { status, stderr } = spawnSync(join(root, 'native/build/sanitize/unpack_test'), { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});

describe('the heap of the engine', () => {
  it('keeps blocks apart, counts them and holds its limit', () => {
    const { status, stderr } = spawnSync(join(root, 'native/build/sanitize/heap_test'), { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});

describe('a crash', () => {
  const ways: readonly [way: string, says: RegExp][] = [
    [
      'exception',
      /^Error: statx \/nonesuch: ENOENT\n {4}at exception \(test\/native\/units\/crash\.ts:\d+\)\n {4}at main \(test\/native\/units\/crash\.ts:\d+\)\n {4}at main \(test\/native\/main\.ts:11\)\n$/,
    ],
    ['text', /^thrown text\n$/],
    ['recursion', /^InternalError: stack overflow\n( {4}at recurse .*\n){12} {4}\.\.\. \d+ more \.\.\.\n/],
    ['stack', /^SIGSEGV \(invalid memory access\) at address 0x[0-9a-f]+\n( {4}at recurse .*\n){12}/],
    ['memory', /^InternalError: out of memory\n {4}at allocate /],
    ['SIGSEGV', /^SIGSEGV .* sent by process \d+\n {4}at kill \(native\)\n/],
    ['blocked', /^SIGSEGV .* sent by process \d+\n {4}at kill \(native\)\n/],
    ['SIGBUS', /^SIGBUS .* sent by process \d+\n {4}at kill \(native\)\n/],
    ['SIGFPE', /^SIGFPE .* sent by process \d+\n {4}at kill \(native\)\n/],
    ['SIGILL', /^SIGILL .* sent by process \d+\n {4}at kill \(native\)\n/],
    ['SIGABRT', /^SIGABRT .* sent by process \d+\n {4}at kill \(native\)\n/],
  ];

  for (const [way, says] of ways) {
    it(`of PID 1 is reported on the console and powers off: ${way}`, () => {
      const { code, stdout, stderr } = runAsPid1(['crash', way]);
      const [, report = '', rest] = /^\ninit crashed: (.*\n)init: powering off\n(.*)$/s.exec(stdout) ?? [];
      expect(report).toMatch(says);
      // reboot(2): power-off ends a PID namespace with SIGINT, restart with SIGHUP.
      expect({ code, rest, stderr }).toEqual({ code: 130, rest: '', stderr: '' });
    });

    it(`of another process is reported on standard error with exit code 1: ${way}`, () => {
      const { code, stderr } = runPlain(['crash', way]);
      expect(stderr.replace(/^tskit: crashed: /, '')).toMatch(says);
      expect(code).toBe(1);
    });
  }

  it('restarts when the boot plan asks for it', () => {
    const { code, stdout } = runAsPid1(['crash', 'exception', 'restart']);
    expect(stdout).toMatch(/\ninit: restarting\n$/);
    expect(code).toBe(129);
  });

  for (const [way, says] of [
    ['exit', 'exit() as PID 1'],
    ['return', 'PID 1 came to its end'],
  ] as const) {
    it(`is what an end of PID 1 counts as: ${way}`, () => {
      const { code, stdout } = runAsPid1(['crash', way]);
      expect(stdout).toContain(`init crashed: ${says}\n`);
      expect(code).toBe(130);
    });
  }

  it('of a cloned child that is PID 1 of its own namespace is no crash of PID 1', () => {
    const { code, stderr } = runPlain(['crash', 'child']);
    expect(stderr).toMatch(/^tskit: crashed: Error: in the child\n {4}at crashInChild /);
    expect(code).toBe(1);
  });
});

describe('a program of a system image', () => {
  const programs = readdirSync(join(root, 'init/programs')).map((file) => basename(file, '.ts'));

  it.each(programs)('%s is one static file of at most 640 KiB', (name) => {
    const file = join(root, 'dist/programs', name);
    expect(statSync(file).size).toBeLessThanOrEqual(640 * 1024);
    expect(execFileSync('readelf', ['--program-headers', '--wide', file], { encoding: 'utf8' })).not.toMatch(
      /INTERP|DYNAMIC/,
    );
  });

  it.each(programs)('%s explains itself, says its version, and names a word that it does not know', (name) => {
    const run = (...words: string[]): { stdout: string; stderr: string; status: number | null } => {
      const { stdout, stderr, status } = spawnSync(join(root, 'dist/programs', name), words, { encoding: 'utf8' });
      return { stdout, stderr, status };
    };
    expect(run('--help')).toEqual({ stdout: expect.stringMatching(`^usage: ${name} `), stderr: '', status: 0 });
    expect(run('--version').stdout).toMatch(new RegExp(`^${name} of tskit \\d+\\.\\d+\\.\\d+ \\(quickjs .*\\)\n$`));
    expect(run('--no-such-option')).toEqual({
      stdout: '',
      stderr: `${name}: unknown option "--no-such-option"\nhint: ${name} --help shows what it takes\n`,
      status: 2,
    });
  });

  it('may end as PID 1, which it is in a container', () => {
    const program = join(root, 'dist/programs/sysctl');
    const { stdout, status } = spawnSync('unshare', ['--pid', '--fork', program, '--version'], { encoding: 'utf8' });
    expect({ stdout, status }).toEqual({ stdout: expect.stringMatching(/^sysctl of tskit/), status: 0 });
  });
});

describe('dist/init', () => {
  it('has at most 1 MiB', () => {
    expect(statSync(init).size).toBeLessThanOrEqual(1024 * 1024);
  });

  it('needs no other file: no interpreter, no shared library', () => {
    const headers = execFileSync('readelf', ['--program-headers', '--wide', init], { encoding: 'utf8' });
    expect(headers).toMatch(/^Elf file type is EXEC/m);
    expect(headers).not.toMatch(/INTERP|DYNAMIC/);
  });

  it('has the engine without its parser', () => {
    const parser = ['__JS_EvalInternal', 'js_parse_source_element', 'resolve_variables', 'js_create_function'];
    expect(symbols(join(root, 'native/build/compile-units'))).toEqual(expect.arrayContaining(parser));
    const linked = symbols(join(root, 'native/build/init'));
    expect(linked).toContain('JS_CallInternal');
    expect(linked.filter((name) => parser.includes(name))).toEqual([]);
  });

  it('has the same bytes when it is built in another folder', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tskit-native-a-longer-name-'));
    try {
      expect(readFileSync(buildElsewhere(folder)).equals(readFileSync(init))).toBe(true);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('is one file under three names', () => {
    const inodes = ['init', 'tsrun', 'tsctl'].map((name) => statSync(join(root, 'dist', name)).ino);
    expect(new Set(inodes).size).toBe(1);
  });

  it('chooses what to be by its name', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    const { stdout } = spawnSync(init, ['--version'], { argv0: '/usr/bin/tsrun', encoding: 'utf8' });
    expect(stdout).toContain(`tsrun version ${version}`);
    const itself = spawnSync(join(root, 'dist/tsrun'), ['--version'], { argv0: '/proc/self/exe', encoding: 'utf8' });
    expect(itself.stdout).toContain(`tsrun version ${version}`);
    const renamed = spawnSync(init, ['--version'], { argv0: 'constructor', encoding: 'utf8' });
    expect(renamed.status).not.toBeNull();
    expect(renamed.stderr).not.toContain('crashed');
  });

  it('serves the kernel that asks for a module, whatever the name', () => {
    const { status, stderr } = spawnSync(init, ['-q', '--', 'nonesuch'], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
  });
});
