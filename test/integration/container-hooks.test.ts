// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The programs of `hooks`: when they run, where, with what, and what becomes of a container whose hook fails. A hook here is
// the probe itself, which adds what it finds to a file.

import { readFileSync, readlinkSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Hook, Hooks, RuntimeConfig } from '../../init/contract/runtime-config.ts';
import { cgroupsNamed } from '../support/cgroup-tree.ts';
import { baseConfig, makeBundle, type TestBundle, tsrun } from '../support/container-bundle.ts';
import { buildProbe, type ProbeReport } from '../support/probe.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder();
const probe = join(folder.path, 'probe');

beforeAll(() => buildProbe(probe));
afterAll(() => folder[Symbol.dispose]());

const names = ['prestart', 'createRuntime', 'createContainer', 'startContainer', 'poststart', 'poststop'] as const;

/** Reports to `seen` in the bundle; the one that runs in the container's root, to a file there. */
function reporter(bundle: TestBundle, name: keyof Hooks, ...args: readonly string[]): Hook {
  const inside = name === 'startContainer';
  return {
    path: inside ? '/probe' : probe,
    args: [name, `--to=${inside ? '/tmp/seen' : join(bundle.folder, 'seen')}`, '--input', ...args],
  };
}

function withHooks(hooks: Hooks, ...args: readonly string[]): RuntimeConfig {
  return { ...baseConfig(...args), hooks, annotations: { 'org.example.key': 'value' } };
}

function seen(file: string): readonly ProbeReport[] {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as ProbeReport);
}

function stateOf(report: ProbeReport): Readonly<Record<string, unknown>> {
  return JSON.parse((report.input as readonly string[]).join('\n')) as Record<string, unknown>;
}

async function complaint(bundle: TestBundle, hooks: Hooks): Promise<string> {
  const { exitCode, stderr } = await bundle.run(withHooks(hooks));
  expect(exitCode).toBe(1);
  expect(cgroupsNamed(bundle.id)).toEqual([]);
  return stderr;
}

describe('hooks', () => {
  test('all six lists run in their order, in the namespaces and with the state that belong to them', async () => {
    await using bundle = await makeBundle(probe);
    const hooks = Object.fromEntries(names.map((name) => [name, [reporter(bundle, name)]])) as Hooks;
    const container = await bundle.probe(withHooks(hooks));
    const outside = seen(join(bundle.folder, 'seen'));
    const [inside] = seen(join(bundle.rootfs, 'tmp/seen'));
    if (inside === undefined) throw new Error('the startContainer hook did not run');
    expect(outside.map(({ argv }) => argv[0])).toEqual(names.filter((name) => name !== 'startContainer'));
    expect([...outside, inside].map((report) => [report.argv[0], stateOf(report)['status']])).toEqual([
      ['prestart', 'created'],
      ['createRuntime', 'creating'],
      ['createContainer', 'creating'],
      ['poststart', 'running'],
      ['poststop', 'stopped'],
      ['startContainer', 'created'],
    ]);
    expect(stateOf(inside)).toEqual({
      ociVersion: '1.2.0',
      id: bundle.id,
      status: 'created',
      pid: 1,
      bundle: bundle.folder,
      annotations: { 'org.example.key': 'value' },
    });
    const own = Number(/\d+/.exec(readlinkSync('/proc/self/ns/mnt'))?.[0]);
    expect(outside.map(({ namespaces }) => namespaces['mnt'] === own)).toEqual([true, true, false, true, true]);
    expect(outside[2]?.namespaces).toEqual(container.namespaces);
    expect(inside.namespaces).toEqual(container.namespaces);
    expect(outside.map(({ cwd }) => cwd)).toEqual([
      bundle.folder,
      bundle.folder,
      bundle.rootfs,
      bundle.folder,
      bundle.folder,
    ]);
  });

  test('a hook starts with nothing open and no signal held back, and its own environment when it has one', async () => {
    await using bundle = await makeBundle(probe);
    const hook = reporter(bundle, 'createRuntime');
    await bundle.write(withHooks({ createRuntime: [{ ...hook, env: ['A=1'] }, hook] }));
    const script = `trap '' USR1 PIPE; exec 5</etc/passwd; "$0" "$@"`;
    await execa('sh', ['-c', script, tsrun, ...bundle.words('run')], { env: { MARK: 'of the runtime' } });
    const [first, second] = seen(join(bundle.folder, 'seen'));
    expect(first?.env).toEqual(['A=1']);
    expect(second?.env).toContain('MARK=of the runtime');
    expect([first?.descriptors, first?.blockedSignals, first?.ignoredSignals]).toEqual([[0, 1, 2], [], []]);
  });

  test('startContainer hooks have the environment and the user of the process', async () => {
    await using bundle = await makeBundle(probe);
    await chmod(join(bundle.rootfs, 'tmp'), 0o777);
    const base = withHooks({ startContainer: [reporter(bundle, 'startContainer')] });
    await bundle.probe({ ...base, process: { ...base.process, env: ['B=2', 'HOME=/'], user: { uid: 7, gid: 8 } } });
    const [hook] = seen(join(bundle.rootfs, 'tmp/seen'));
    expect([hook?.env, hook?.uids]).toEqual([
      ['B=2', 'HOME=/'],
      [7, 7, 7],
    ]);
  });

  test('what a createContainer hook mounts below the root is in the container', async () => {
    await using bundle = await makeBundle(probe);
    const hook: Hook = { path: '/bin/sh', args: ['sh', '-c', `mount -t tmpfs -o size=64k hook ${bundle.rootfs}/tmp`] };
    const report = await bundle.probe(
      withHooks({ createContainer: [{ ...hook, env: [`PATH=${process.env['PATH']}`] }] }),
    );
    expect((report.mounts as readonly string[]).filter((line) => / \/tmp .* - tmpfs hook /.test(line))).toHaveLength(1);
  });

  test('one that reads nothing, or leaves a process behind with its output open, stops nobody', async () => {
    await using bundle = await makeBundle(probe);
    const leaving: Hook = { path: '/bin/sh', args: ['sh', '-c', 'sleep 20 & echo $! > left'] };
    const { pid } = await bundle.probe({
      ...withHooks({ prestart: [{ path: '/bin/true' }, leaving] }),
      annotations: { long: 'x'.repeat(300_000) },
    });
    expect(pid).toBe(1);
    process.kill(Number(readFileSync(join(bundle.folder, 'left'), 'utf8')), 'SIGKILL');
  });
});

describe('a hook that fails', () => {
  test.each(['prestart', 'createRuntime', 'createContainer', 'startContainer', 'poststart'] as const)(
    'of %s ends the container, is told with its code and what it wrote, and poststop hooks still run',
    async (name) => {
      await using bundle = await makeBundle(probe);
      const path = name === 'startContainer' ? '/probe' : probe;
      const hooks = {
        [name]: [{ path, args: ['probe', '--no-option'] }, reporter(bundle, name)],
        poststop: [reporter(bundle, 'poststop')],
      };
      expect(await complaint(bundle, hooks)).toContain(
        `${name} hook 0 "${path}": ended with exit code 2 and wrote "probe: unknown option "--no-option""`,
      );
      const reports = seen(join(bundle.folder, 'seen'));
      expect(reports.map(({ argv }) => argv[0])).toEqual(['poststop']);
      expect(stateOf(reports[0] as ProbeReport)['status']).toBe('stopped');
    },
  );

  test('of poststop is warned of, and the next runs', async () => {
    await using bundle = await makeBundle(probe);
    const hooks = { poststop: [{ path: '/bin/false' }, reporter(bundle, 'poststop')] };
    const { exitCode, stderr } = await bundle.run(withHooks(hooks, '--exit=3'));
    expect(exitCode).toBe(3);
    expect(stderr).toContain('poststop hook 0 "/bin/false": ended with exit code 1 and wrote nothing');
    expect(seen(join(bundle.folder, 'seen'))).toHaveLength(1);
  });

  test('by a signal, by not being there, or by being too slow is told as such', async () => {
    await using bundle = await makeBundle(probe);
    expect(await complaint(bundle, { prestart: [{ path: probe, args: ['probe', '--signal=9'] }] })).toContain(
      `prestart hook 0 "${probe}": was ended by signal 9`,
    );
    expect(await complaint(bundle, { prestart: [{ path: '/no/hook' }] })).toContain(
      'prestart hook 0 "/no/hook": ended with exit code 127 and wrote "execve /no/hook: ENOENT"',
    );
    const script = join(bundle.folder, 'slow');
    await writeFile(script, '#!/bin/sh\necho working\nsleep 30 & sleep 30\n', { mode: 0o755 });
    expect(await complaint(bundle, { prestart: [{ path: script, timeout: 1 }] })).toContain(
      `prestart hook 0 "${script}": was killed after 1 seconds and wrote "working"`,
    );
  });

  test('by its configuration keeps the container from being made', async () => {
    await using bundle = await makeBundle(probe);
    expect(await complaint(bundle, { poststop: [{ path: '/bin/true', timeout: 0 }] })).toContain(
      'hooks.poststop[0].timeout: expected at least 1 second, found 0',
    );
  });
});
