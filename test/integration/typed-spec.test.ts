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
