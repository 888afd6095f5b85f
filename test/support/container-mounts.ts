// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What the tests of mounts share: containers with more mounts than the usual ones, and a mount of the host for each test.

import { equal } from 'node:assert/strict';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { Linux } from '../../init/contract/linux-config.ts';
import type { Mount, RuntimeConfig } from '../../init/contract/runtime-config.ts';
import { baseConfig, makeBundle, type TestBundle } from './container-bundle.ts';
import { buildProbe, type ProbeReport } from './probe.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** What a container has beside baseConfig; `args` are the probe's. */
export interface Wish {
  readonly mounts?: readonly Mount[];
  readonly linux?: Linux;
  readonly args?: readonly string[];
}

/** Changes a bundle before it runs. */
export type PrepareBundle = (bundle: TestBundle) => Promise<unknown>;

/** Users of its own: its root is 100000 on the host. */
export const mapped: Linux = {
  namespaces: [...(baseConfig().linux.namespaces ?? []), { type: 'user' }],
  uidMappings: [{ containerID: 0, hostID: 100_000, size: 65_536 }],
  gidMappings: [{ containerID: 0, hostID: 100_000, size: 65_536 }],
};

/** baseConfig with what is wished for. */
export function configWith({ mounts = [], linux = {}, args = [] }: Wish): RuntimeConfig {
  const base = baseConfig(...args);
  return { ...base, mounts: [...base.mounts, ...mounts], linux: { ...base.linux, ...linux } };
}

/** What probedContainers gives. */
export interface ProbedContainers {
  /** The probe's program. */
  readonly probe: string;
  /** What the probe reports from a fresh bundle with a folder /data. */
  readonly look: (wish: Wish, prepare?: PrepareBundle) => Promise<ProbeReport>;
  /** What tsrun says, which must fail; ID is the container's. */
  readonly complaint: (wish: Wish, prepare?: PrepareBundle) => Promise<string>;
}

/** Builds the probe for all tests of a file. */
export function probedContainers(): ProbedContainers {
  const folder = temporaryFolder();
  const probe = join(folder.path, 'probe');
  beforeAll(() => buildProbe(probe));
  afterAll(() => folder[Symbol.dispose]());
  const bundleWithData = async (prepare: PrepareBundle | undefined): Promise<TestBundle> => {
    const bundle = await makeBundle(probe);
    await mkdir(join(bundle.rootfs, 'data'));
    await prepare?.(bundle);
    return bundle;
  };
  return {
    probe,
    look: async (wish, prepare) => {
      await using bundle = await bundleWithData(prepare);
      return await bundle.probe(configWith(wish));
    },
    complaint: async (wish, prepare) => {
      await using bundle = await bundleWithData(prepare);
      const { exitCode, stderr } = await bundle.run(configWith(wish));
      equal(exitCode, 1);
      return stderr.replace(bundle.id, 'ID');
    },
  };
}

/** An empty tmpfs of the host, a new one for each test. */
export interface HostMount {
  path: string;
  /** Changes its flags ("ro,noexec"). */
  remount(flags: string): Promise<unknown>;
  /** A line that binds it to /data. */
  bind(...options: readonly string[]): Mount;
}

/** Registers the making and unmounting with the tests of the file. */
export function hostMount(): HostMount {
  let folder: ReturnType<typeof temporaryFolder> | undefined;
  const host: HostMount = {
    path: '',
    remount: (flags) => execa('mount', ['-o', `remount,bind,${flags}`, host.path]),
    bind: (...options) => ({ destination: '/data', source: host.path, options }),
  };
  beforeEach(async () => {
    folder = temporaryFolder();
    host.path = folder.path;
    await execa('mount', ['-t', 'tmpfs', 'tmpfs', host.path]);
    await chmod(host.path, 0o755);
  });
  afterEach(async () => {
    await execa('umount', ['-R', host.path]);
    folder?.[Symbol.dispose]();
  });
  return host;
}
