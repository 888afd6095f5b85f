// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// A container's terminal, shown on the caller's (script(1) is that) or given away over a socket.

import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Process, RuntimeConfig } from '../../init/contract/runtime-config.ts';
import { baseConfig, makeBundle, type TestBundle, tsrun } from '../support/container-bundle.ts';
import { buildProbe, mountAt, type ProbeReport } from '../support/probe.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { OnTerminal } from '../support/terminal.ts';

const folder = temporaryFolder();
const probe = join(folder.path, 'probe');

beforeAll(() => buildProbe(probe));
afterAll(() => folder[Symbol.dispose]());

function withTerminal(process: Partial<Process>, ...args: readonly string[]): RuntimeConfig {
  const base = baseConfig(...args);
  return { ...base, process: { ...base.process, terminal: true, ...process } };
}

/** Runs the probe in the foreground on a terminal of 100 columns and 30 rows. */
async function lookOnTerminal(bundle: TestBundle, config: RuntimeConfig): Promise<ProbeReport> {
  await bundle.write(config);
  await using terminal = new OnTerminal([tsrun, ...bundle.words('run')]);
  expect(await terminal.ended()).toBe(0);
  return JSON.parse(terminal.raw) as ProbeReport;
}

describe('in the foreground', () => {
  test("the process has a terminal of the container's own devpts, of the caller's size, that controls its session", async () => {
    await using bundle = await makeBundle(probe);
    const report = await lookOnTerminal(bundle, withTerminal({}, '/dev/console', '/dev/pts', '/dev/tty'));
    expect(report.terminal).toEqual({ rows: 30, columns: 100, name: '/dev/pts/0', controls: 1, uid: 0 });
    expect(report.descriptors).toEqual([0, 1, 2]);
    expect(report.paths['/dev/pts']?.entries?.toSorted()).toEqual(['0', 'ptmx']);
    expect(report.paths['/dev/console']).toMatchObject({ type: 'character', device: '136:0', write: 'ok' });
    expect(mountAt(report, '/dev/console')).toMatchObject({ root: '/0', type: 'devpts' });
  });

  test("the terminal is the user's", async () => {
    await using bundle = await makeBundle(probe);
    const report = await lookOnTerminal(bundle, withTerminal({ user: { uid: 1000, gid: 1000 } }, '/dev/pts/0'));
    expect(report.terminal?.uid).toBe(1000);
    expect(report.paths['/dev/pts/0']?.write).toBe('ok');
  });

  test("the caller's terminal is raw meanwhile and as before afterwards, also when the container cannot be made", async () => {
    await using bundle = await makeBundle(probe);
    for (const args of [['/probe', '--wait=15'], ['/nope']]) {
      await bundle.write(withTerminal({ args }));
      const state = join(bundle.folder, 'stty');
      const script = `stty -g > ${state}.1; "$0" "$@" &
        while [ "${args[1] ?? ''}" != '' ] && stty -a < /dev/tty | grep -q ' icanon'; do sleep 0.05; done
        kill -TERM $! 2> /dev/null; wait $!; stty -g > ${state}.2; cmp ${state}.1 ${state}.2 && echo the same`;
      await using terminal = new OnTerminal(['sh', '-c', script, tsrun, ...bundle.words('run')]);
      await terminal.ended();
      expect(terminal.raw).toContain('the same');
    }
  });

  test('a caller without any terminal is given the bytes all the same', async () => {
    await using bundle = await makeBundle(probe);
    await bundle.write(withTerminal({}));
    const command = ['-w', tsrun, ...bundle.words('run')];
    const { stdout } = await execa('setsid', command, { stdin: 'ignore' });
    expect((JSON.parse(stdout) as ProbeReport).terminal).toMatchObject({ name: '/dev/pts/0', controls: 1 });
  });
});

describe('an image cannot lead the terminal elsewhere', () => {
  test('/dev/pts that is no devpts is refused', async () => {
    await using bundle = await makeBundle(probe);
    await mkdir(join(bundle.rootfs, 'dev/pts'));
    const config = withTerminal({});
    await bundle.write({
      ...config,
      mounts: (config.mounts ?? []).filter(({ destination }) => destination === '/proc'),
    });
    await using terminal = new OnTerminal([tsrun, ...bundle.words('run')]);
    expect(await terminal.ended()).toBe(1);
    expect(terminal.raw).toContain('expected a devpts file system there, found another one');
  });

  test('something else mounted on /dev/pts/ptmx is refused', async () => {
    await using bundle = await makeBundle(probe);
    const config = withTerminal({});
    const mount = { destination: '/dev/pts/ptmx', type: 'bind', source: '/dev/null', options: ['bind'] };
    await bundle.write({ ...config, mounts: [...(config.mounts ?? []), mount] });
    await using terminal = new OnTerminal([tsrun, ...bundle.words('run')]);
    expect(await terminal.ended()).toBe(1);
    expect(terminal.raw).toContain('open a terminal of /dev/pts: openat2: EXDEV');
  });

  test('a link at /dev/console is refused', async () => {
    await using bundle = await makeBundle(probe);
    await symlink('/proc/sysrq-trigger', join(bundle.rootfs, 'dev/console'));
    const config = withTerminal({});
    await bundle.write({
      ...config,
      mounts: (config.mounts ?? []).filter(({ destination }) => destination !== '/dev'),
    });
    await using terminal = new OnTerminal([tsrun, ...bundle.words('run')]);
    expect(await terminal.ended()).toBe(1);
    expect(terminal.raw).toContain('make /dev/console: openat2: ELOOP');
  });
});
