// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asNobody, runTskit, startTskit } from '../support/cli.ts';
import { digestsIn, type OsWorkplace, osWorkplace, specText } from '../support/os-workplace.ts';
import { until } from '../support/until.ts';

/** The workplace's spec as code, with the spec itself and a file beside it among its files. */
const typed = `import { defineOS } from 'tskit';
import { motd } from './motd.ts';

console.log('evaluating', 'the spec');
process.stdout.write('and more\\n');
const service = (name: string, image: string, program: string) => ({ name, image: \`oci:\${image}\`, command: [program] });

export default defineOS({
  kernel: { image: 'oci:kernel', cmdline: 'console=ttyS0', tar: 'none' },
  services: [service('web', 'web', '/data'), service('small', 'small', '/bin/small')],
  files: [
    motd,
    { path: '/etc/spec', metadata: 'yaml' },
    { path: '/etc/beside', source: 'motd.ts' },
  ],
});
`;
const motd = `export const motd = { path: '/etc/motd', mode: '0644', contents: 'welcome' };\n`;
const yaml = `${specText('oci:web')}  - path: /etc/spec
    metadata: yaml
  - path: /etc/beside
    source: motd.ts
`;

let place: OsWorkplace;
beforeAll(() => {
  place = osWorkplace();
  writeFileSync(place.spec, yaml);
  writeFileSync(join(place.path, 'os.ts'), typed);
  writeFileSync(join(place.path, 'motd.ts'), motd);
});
afterAll(() => place[Symbol.dispose]());

async function build(
  spec: string,
  out: string,
): Promise<{ stderr: string; digests: Readonly<Record<string, string>> }> {
  const args = [
    'build',
    '--format',
    'kernel+initrd,tar',
    '--cache',
    place.cache,
    '--dir',
    join(place.path, out),
    join(place.path, spec),
  ];
  const { exitCode, stdout, stderr } = await runTskit(args, { cwd: '/' });
  expect(exitCode, stderr).toBe(0);
  expect(stdout.split('\n')).toHaveLength(4);
  return { stderr, digests: digestsIn(join(place.path, out)) };
}

describe('a typed spec', () => {
  test('builds to the same bytes as the YAML that says the same, and prints to stderr', async () => {
    const { stderr, digests } = await build('os.ts', 'typed');
    expect(stderr).toContain('evaluating the spec\nand more\n');
    expect(stderr).not.toMatch(/isolation|ExperimentalWarning/);
    expect(Object.keys(digests)).toHaveLength(4);
    expect((await build('os.yml', 'yaml')).digests).toEqual(digests);
  });

  test('is locked as its twin is', async () => {
    const lock = join(place.path, 'tskit.lock');
    const texts = [];
    for (const spec of ['os.ts', 'os.yml']) {
      const { exitCode, stderr } = await runTskit(['lock', '--update', '--cache', place.cache, join(place.path, spec)]);
      expect(exitCode, stderr).toBe(0);
      texts.push(readFileSync(lock, 'utf8'));
    }
    expect(texts[0]).toBe(texts[1]);
  });

  test('is evaluated without the network for a user who is not root, too', async () => {
    const spec = join(place.path, 'net.ts');
    writeFileSync(
      spec,
      `import { networkInterfaces } from 'node:os';\nconsole.log(process.getuid?.(), networkInterfaces());\nthrow 'done';`,
    );
    const { exitCode, stderr } = await runTskit(['build', spec], { through: asNobody, cwd: '/' });
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`65534 {}\ntskit: ${spec}: threw the string "done"`);
  });

  test('that is wrong ends the build with 1, its place and no stack', async () => {
    const spec = join(place.path, 'wrong.ts');
    writeFileSync(spec, `export default {\n  services: [{ name: 'a', image: oops }],\n};`);
    const { exitCode, stdout, stderr } = await runTskit(['build', spec]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toBe(
      `tskit: ${spec}:2:34: ReferenceError: oops is not defined\n  2 |   services: [{ name: 'a', image: oops }],\n` +
        `    |                                  ^^^^\nhint: docs/typed-specs.md describes specs in TypeScript`,
    );
  });

  test('that needs more memory than it may have is one message', async () => {
    const spec = join(place.path, 'hungry.ts');
    writeFileSync(spec, 'const all: string[] = [];\nfor (;;) all.push(`${all.length}`.repeat(100_000));');
    const { exitCode, stderr } = await runTskit(['build', spec]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /^tskit: .*hungry\.ts: expected the spec to need at most 512 MiB of memory, found more\nhint: .*$/,
    );
  });

  test('ends with the command, however that ends', async () => {
    const spec = join(place.path, 'endless.ts');
    writeFileSync(spec, 'for (;;) {}');
    const running = startTskit(['build', '--cache', place.cache, spec]);
    let child = '';
    await until('the command evaluates', () => (child = evaluating(running.pid)) !== '');
    // Far more than the start takes: from then on only the loop is left, which never looks at the pipe.
    await until('that is busy', () => ticks(child) > 100);
    running.kill('SIGKILL');
    await running.ended;
    await until('it has ended', () => !existsSync(child));
    expect(existsSync(child)).toBe(false);
  });
});

describe('a typed spec beside others', () => {
  const base = 'files:\n  - path: etc/who\n    contents: "${WHO}"\n';
  const extra = "export default (vars) => ({ files: [{ path: 'etc/code', contents: `${vars.WHO} $` + '{WHO}' }] });\n";
  const merged = [
    'files:',
    '  - path: etc/who',
    '    contents: me',
    '  - path: etc/code',
    '    contents: me ${WHO}',
  ].join('\n');

  test('is merged with them, and is given what --set gives', async () => {
    writeFileSync(join(place.path, 'base.yml'), base);
    writeFileSync(join(place.path, 'extra.ts'), extra);
    const args = ['build', '--dry-run', '--set', 'WHO=me', 'base.yml', 'extra.ts'];
    const { exitCode, stdout, stderr } = await runTskit(args, { cwd: place.path });
    expect({ exitCode, stdout }, stderr).toEqual({ exitCode: 0, stdout: merged });
  });

  test('builds to the bytes of the spec that --dry-run prints', async () => {
    writeFileSync(join(place.path, 'more.ts'), "export default { files: [{ path: 'etc/more', source: 'motd.ts' }] };");
    const sources = ['os.yml', 'more.ts'];
    const { stdout } = await runTskit(['build', '--dry-run', ...sources], { cwd: place.path });
    writeFileSync(join(place.path, 'printed.yml'), stdout);
    const digests = [];
    for (const [out, specs] of [['merged', sources] as const, ['printed', ['printed.yml']] as const]) {
      const args = ['build', '--cache', place.cache, '--format', 'tar', '--name', 'os', '--dir', out, ...specs];
      const { exitCode, stderr } = await runTskit(args, { cwd: place.path });
      expect(exitCode, stderr).toBe(0);
      digests.push(digestsIn(join(place.path, out)));
    }
    // `metadata: yaml` puts the same text into both.
    expect(digests[1]).toEqual(digests[0]);
  });

  test('from a URL is refused before anything is fetched', async () => {
    for (const url of ['https://127.0.0.1:1/os.ts', `http://127.0.0.1:1/a/os.mjs?x=1@sha256:${'0'.repeat(64)}`]) {
      const { exitCode, stderr } = await runTskit(['build', url]);
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/^tskit: reading spec "http.*": expected YAML at a URL, found the name of code\nhint: /);
    }
  });
});

describe('validate', () => {
  test('checks a typed spec as it checks YAML, with places in the code', async () => {
    const good = await runTskit(['validate', join(place.path, 'os.ts')]);
    expect(good).toMatchObject({ exitCode: 0, stdout: `${join(place.path, 'os.ts')}: valid` });
    writeFileSync(
      join(place.path, 'sources.ts'),
      `export default {
  files: [
    { path: 'a', source: 'gone' },
    { path: 'b', source: 'gone/*' },
    { path: 'c', source: 'gone/*', optional: true },
    { path: 'd', source: 'motd.ts', exclude: ['x'] },
    { path: 'e', source: '*.ts', exclude: ['*s'] },
    { path: 'f', source: 'm*.ts' },
    { path: 'g', source: 'web', exclude: ['x'] },
  ],
};`,
    );
    writeFileSync(join(place.path, 'throws.ts'), `export default {\n  init: [nothing],\n};`);
    const args = ['validate', '--json', 'sources.ts', 'throws.ts'];
    const { exitCode, stdout } = await runTskit(args, { cwd: place.path });
    expect(exitCode).toBe(1);
    const at = (name: string): string => join(place.path, name);
    expect(JSON.parse(stdout)).toEqual({
      valid: false,
      errors: [
        problem(
          'sources.ts:3:18',
          'files[0].source',
          `expected a file or folder of this machine at "${at('gone')}", found nothing`,
        ),
        problem('sources.ts:4:18', 'files[1].source', `expected files that match in "${at('gone')}", found none`),
        problem(
          'sources.ts:6:37',
          'files[3].exclude',
          `expected a source that is a folder or a glob, found the file "${at('motd.ts')}"`,
        ),
        problem('sources.ts:7:18', 'files[4].source', `expected files that match in "${place.path}", found none`),
        problem('throws.ts:2:10', '', 'ReferenceError: nothing is not defined'),
      ],
      warnings: [],
    });
  });

  test('of YAML is a script that cannot evaluate code', () => {
    const script = (name: string): string =>
      readFileSync(new URL(`../../dist/cli/${name}.cjs`, import.meta.url), 'utf8');
    expect(script('main')).toContain('--permission');
    expect(script('validate')).not.toContain('--permission');
  });
});

function problem(at: string, path: string, message: string): object {
  const [file, line, column] = at.split(':');
  return { file, line: Number(line), column: Number(column), path, message };
}

/** The folder in /proc of the process that evaluates for this one; '' before there is one. */
function evaluating(pid: number): string {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
  const folders = children.filter((child) => child !== '').map((child) => `/proc/${child}`);
  return folders.find((folder) => commandLine(folder).includes('\0--permission\0')) ?? '';
}

/** Hundredths of a second that a process has computed (proc_pid_stat(5), utime). */
function ticks(folder: string): number {
  return Number(
    readFileSync(`${folder}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')[11],
  );
}

function commandLine(folder: string): string {
  try {
    return readFileSync(`${folder}/cmdline`, 'utf8');
  } catch {
    // It ended in the meantime.
    return '';
  }
}
