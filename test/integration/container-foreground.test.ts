// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// A runtime that stays with its container: signals, keys, sizes and all of the output.

import { once } from 'node:events';
import { readFileSync, readlinkSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RuntimeConfig } from '../../init/contract/runtime-config.ts';
import { baseConfig, makeBundle, type TestBundle, tsrun } from '../support/container-bundle.ts';
import { buildProbe, type ProbeReport } from '../support/probe.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { OnTerminal } from '../support/terminal.ts';

const folder = temporaryFolder();
const probe = join(folder.path, 'probe');

beforeAll(() => buildProbe(probe));
afterAll(() => folder[Symbol.dispose]());

/** By number: those that supervisors send, those of a terminal, one that ends a process silently, and real-time ones. */
test.each([1, 2, 3, 10, 12, 13, 14, 15, 18, 20, 21, 22, 35, 64])('signal %i goes to the container', async (signal) => {
  await using bundle = await makeBundle(probe);
  await bundle.write(baseConfig(`--wait=${signal}`, '--exit=5'));
  const runtime = execa(tsrun, bundle.words('run'), { reject: false });
  await once(runtime.stdout, 'data');
  process.kill(runtime.pid ?? 0, signal);
  expect((await runtime).exitCode).toBe(5);
});

test('a caller that ignores the end of its children gets the exit code too', async () => {
  await using bundle = await makeBundle(probe);
  await bundle.write(baseConfig('--exit=6'));
  const script =
    'import os, signal, sys; signal.signal(signal.SIGCHLD, signal.SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])';
  const { exitCode } = await execa('python3', ['-c', script, tsrun, ...bundle.words('run')], {
    reject: false,
    timeout: 60_000,
  });
  expect(exitCode).toBe(6);
});

function withTerminal(...args: readonly string[]): RuntimeConfig {
  const base = baseConfig(...args);
  return { ...base, process: { ...base.process, terminal: true } };
}

async function onTerminal(bundle: TestBundle, config: RuntimeConfig): Promise<OnTerminal> {
  await bundle.write(config);
  return new OnTerminal([tsrun, ...bundle.words('run')]);
}

describe('on a terminal', () => {
  test('what is typed is read by the program, and Ctrl-C is its signal', async () => {
    await using bundle = await makeBundle(probe);
    await using terminal = await onTerminal(bundle, withTerminal('--read', '--wait=2', '--exit=5'));
    await terminal.waitFor(/\}\r\n/);
    terminal.type('keys\r');
    await terminal.waitFor(/read "keys"/);
    terminal.type('\u0003');
    expect(await terminal.ended()).toBe(5);
  });

  test('a new size of the window reaches the program', async () => {
    await using bundle = await makeBundle(probe);
    await using terminal = await onTerminal(bundle, withTerminal('--wait=28'));
    await terminal.waitFor(/\}\r\n/);
    const [runtime = ''] = readFileSync(`/proc/${terminal.pid}/task/${terminal.pid}/children`, 'utf8').split(' ');
    await execa('stty', ['-F', readlinkSync(`/proc/${runtime}/fd/0`), 'rows', '20']);
    await terminal.waitFor(/20 rows, 100 columns/);
    expect(await terminal.ended()).toBe(0);
  });

  test('all of the output is shown, though the program ends at once', async () => {
    await using bundle = await makeBundle(probe);
    const paths = Array<string>(4000).fill('/probe');
    await using terminal = await onTerminal(bundle, withTerminal(...paths));
    expect(await terminal.ended()).toBe(0);
    expect(terminal.raw.length).toBeGreaterThan(300_000);
    expect((JSON.parse(terminal.raw) as ProbeReport).argv).toHaveLength(4001);
  });

  // Standard error is the caller's terminal here, and standard input and output are not.
  test.each([
    ['a file', 'keys\n', 'read "keys"'],
    ['a long file, of which nobody reads the rest', `keys\n${'x'.repeat(70)}\n`.repeat(2000), 'read "keys"'],
  ])('the input may come from %s, and the output go to one', async (_what, input, expected) => {
    await using bundle = await makeBundle(probe);
    await bundle.write(withTerminal('--read'));
    const [from, to] = [join(bundle.folder, 'input'), join(bundle.folder, 'output')];
    await writeFile(from, input);
    const script = `exec "$0" "$@" < "${from}" > "${to}"`;
    await using terminal = new OnTerminal(['sh', '-c', script, tsrun, ...bundle.words('run')]);
    expect(await terminal.ended()).toBe(0);
    expect(readFileSync(to, 'utf8')).toContain(`${expected}\n`);
  });
});
