// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { RuntimeConfig } from '../../init/contract/runtime-config.ts';
import { stringifyJson } from '../../init/json.ts';
import type { ProbeReport } from './probe.ts';

/** The binary under test; another build of it (sanitizers) can be named. */
export const tsrun: string = process.env['TSKIT_TSRUN'] ?? join(import.meta.dirname, '../../dist/tsrun');

/** How a container ended, and what it wrote. */
export interface Outcome {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** A bundle in a fresh folder whose root holds the probe and the usual empty folders. */
export interface TestBundle extends AsyncDisposable {
  readonly folder: string;
  readonly rootfs: string;
  /** A unique id, also the name of the container's cgroup. */
  readonly id: string;
  /** A folder of tsrun's states of its own (--root): what is in it when the bundle goes is deleted by force. */
  readonly root: string;
  /** Arguments of tsrun for "run" or "create" of it in that root. */
  words(command: 'run' | 'create', ...options: readonly string[]): readonly string[];
  /** Writes config.json. */
  write(config: RuntimeConfig): Promise<void>;
  /** Writes config.json and runs it with tsrun, or with another runtime that has the same "run". */
  run(config: RuntimeConfig, runtime?: string): Promise<Outcome>;
  /** Runs the probe, which must end well, and gives its report. */
  probe(config: RuntimeConfig, runtime?: string): Promise<ProbeReport>;
}

let count = 0;

/** Makes a bundle with this program as /probe. */
export async function makeBundle(probe: string): Promise<TestBundle> {
  const folder = await mkdtemp(join(tmpdir(), 'tskit-bundle-'));
  const rootfs = join(folder, 'rootfs');
  for (const name of ['proc', 'sys', 'dev', 'etc', 'tmp']) await mkdir(join(rootfs, name), { recursive: true });
  await copyFile(probe, join(rootfs, 'probe'));
  count += 1;
  const id = `tskit-test-${process.pid}-${count}`;
  const root = join(folder, 'state');
  const words: TestBundle['words'] = (command, ...options) => [
    '--root',
    root,
    command,
    ...options,
    '--bundle',
    folder,
    id,
  ];
  const write = (config: RuntimeConfig): Promise<void> =>
    writeFile(join(folder, 'config.json'), stringifyJson(config, 2));
  const run = async (config: RuntimeConfig, runtime: string = tsrun): Promise<Outcome> => {
    await write(config);
    const result = await execa(runtime, words('run'), {
      reject: false,
      stdin: 'ignore',
      timeout: 60_000,
      killSignal: 'SIGKILL',
    });
    return { exitCode: result.exitCode, stdout: result.stdout, stderr: result.stderr };
  };
  return {
    folder,
    rootfs,
    id,
    root,
    words,
    write,
    run,
    probe: async (config, runtime) => {
      const { exitCode, stdout, stderr } = await run(config, runtime);
      if (exitCode !== 0) throw new Error(`the probe ended with ${exitCode}: ${stderr}`);
      return JSON.parse(stdout) as ProbeReport;
    },
    [Symbol.asyncDispose]: async () => {
      await deleteAll(root);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Deletes all containers of a root of tsrun by force; nothing happens when there is none. */
export async function deleteAll(root: string): Promise<void> {
  const names = await readdir(root).catch(() => []);
  for (const id of names.filter((name) => !name.startsWith('@')))
    await execa(tsrun, ['--root', root, 'delete', '--force', id]);
}

/** What the tests start from: own namespaces, root, no capabilities, /proc, /dev and /sys as runtimes usually mount them. */
export function baseConfig(
  ...args: readonly string[]
): RuntimeConfig & Required<Pick<RuntimeConfig, 'mounts' | 'linux'>> {
  return {
    ociVersion: '1.2.0',
    root: { path: 'rootfs' },
    process: { cwd: '/', args: ['/probe', ...args], env: ['PATH=/bin'], user: { uid: 0, gid: 0 } },
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'mode=755', 'size=64k'] },
      {
        destination: '/dev/pts',
        type: 'devpts',
        source: 'devpts',
        options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666'],
      },
      { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'nodev', 'ro'] },
    ],
    linux: {
      namespaces: [{ type: 'pid' }, { type: 'mount' }, { type: 'ipc' }, { type: 'uts' }, { type: 'network' }],
    },
  };
}
