// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What "create" and "run" have in common: a container is kept in its folder before anything of it exists, so that
// "delete --force" finds all of it whenever the runtime is killed.

import type { RuntimeConfig } from '../contract.ts';
import type { CgroupPlace } from '../container/cgroup/place.ts';
import { type CreatedContainer, createContainer } from '../container/create.ts';
import { decodeConfig } from '../container/decode.ts';
import { checkPreserved } from '../container/descriptors.ts';
import { hasHooks } from '../container/hooks.ts';
import { resolveFrom } from '../container/path.ts';
import { step } from '../container/step.ts';
import { readBytes } from '../files.ts';
import { stringifyJson } from '../json.ts';
import { CLOCK_REALTIME } from '../linux.ts';
import type { Sys } from '../sys.ts';
import type { CreateArguments } from './create-options.ts';
import { checkTerminal, sendDescriptor } from './descriptor-socket.ts';
import type { GlobalOptions } from './global-options.ts';
import { listenDescriptors, withListenDescriptors } from './listen-descriptors.ts';
import type { Log } from './log.ts';
import { writePidFile } from './pid-file.ts';
import type { ContainerState } from './state-file.ts';
import { identify } from './status.ts';
import { createFolder, type Folder, gateName, removeFolder, saveConfig, saveState, seccompCacheName } from './store.ts';

/** A container that was made, in its locked folder; whoever made it closes the folder. */
export interface NewContainer {
  readonly container: CreatedContainer;
  readonly folder: Folder;
  readonly state: ContainerState;
  readonly config: RuntimeConfig;
}

export interface NewContainerOptions extends CreateArguments {
  /** Whether the container waits at a gate for another command, and not for this one. */
  readonly gate: boolean;
  /** Whether it gets no cgroup. */
  readonly noCgroup: boolean;
  /** Whether the runtime leaves it once it is made or started. */
  readonly detach: boolean;
}

/** Makes a container, ready to be started, and keeps it. Nothing is left of it when this throws. */
export function makeContainer(sys: Sys, global: GlobalOptions, options: NewContainerOptions, log: Log): NewContainer {
  refuseSystemd(global);
  checkPreserved(sys, options.preserveFds + listenDescriptors(sys));
  const bytes = step(`read ${options.config}`, () => readBytes(sys, options.config));
  const config = step(options.config, () => decodeConfig(sys.decodeUtf8(bytes)));
  checkTerminal(config.process.terminal === true, options.detach, options.consoleSocket);
  const folder = step(`create "${options.id}"`, () => createFolder(sys, global.root, options.id));
  try {
    saveConfig(sys, folder, bytes);
    return makeInFolder(sys, global, options, config, folder, log);
  } catch (error) {
    discardFolder(sys, folder);
    throw error;
  }
}

function refuseSystemd({ cgroupManager }: GlobalOptions): void {
  if (cgroupManager === 'systemd')
    throw new Error('cgroups made by systemd (--systemd-cgroup) are not supported: use the cgroupfs driver');
}

function makeInFolder(
  sys: Sys,
  global: GlobalOptions,
  options: NewContainerOptions,
  config: RuntimeConfig,
  folder: Folder,
  log: Log,
): NewContainer {
  const listening = listenDescriptors(sys);
  const { id, bundle } = options;
  let state = firstState(sys, options, config);
  const save = (change: Partial<ContainerState>): void => {
    state = { ...state, ...change };
    saveState(sys, folder, state);
  };
  const creating = hasHooks(config.hooks, 'prestart', 'createRuntime', 'createContainer');
  const container = createContainer(sys, {
    id,
    bundle,
    config: withListenDescriptors(sys, config, listening),
    stdio: { stdin: 0, stdout: 1, stderr: 2 },
    warn: (text) => log.warn(text),
    preserveFds: options.preserveFds + listening,
    noNewKeyring: options.noNewKeyring,
    noCgroup: options.noCgroup,
    seccompCache: `${global.root}/${seccompCacheName}`,
    noPivot: options.noPivot,
    onPlanned: (cgroup) => save({ cgroup }),
    onSpawned: (pid) => save({ process: identify(sys, pid), creating }),
    ...(options.gate ? { gate: `${folder.path}/${gateName}` } : {}),
    ...(options.cgroupRoot === undefined ? {} : { cgroupRoot: options.cgroupRoot }),
  });
  try {
    const { cgroup, rootMount } = container;
    if (creating || rootMount !== undefined || !isSame(state.cgroup, cgroup))
      save({ creating: false, cgroup, ...(rootMount === undefined ? {} : { rootMount }) });
    handOver(sys, container, options);
  } catch (error) {
    container.abort();
    throw error;
  }
  return { container, folder, state, config };
}

/** A rootless runtime may have got less than was planned. */
function isSame(planned: CgroupPlace | undefined, made: CgroupPlace): boolean {
  return stringifyJson(planned) === stringifyJson(made);
}

/** Tells the caller of the container's process. */
function handOver(sys: Sys, { pid, pidfd, terminal }: CreatedContainer, options: NewContainerOptions): void {
  const { consoleSocket, pidfdSocket, pidFile } = options;
  if (consoleSocket !== undefined && terminal !== undefined) sendDescriptor(sys, consoleSocket, terminal, '/dev/ptmx');
  if (pidfdSocket !== undefined) sendDescriptor(sys, pidfdSocket, pidfd, 'pidfd');
  if (pidFile !== undefined) writePidFile(sys, pidFile, pid);
}

function firstState(
  sys: Sys,
  { id, bundle, noNewKeyring }: NewContainerOptions,
  config: RuntimeConfig,
): ContainerState {
  const { annotations, hooks, linux, ociVersion, root } = config;
  return {
    version: 1,
    id,
    ociVersion,
    bundle,
    rootfs: resolveFrom(bundle, root.path),
    created: new Date(sys.clockGettime(CLOCK_REALTIME) / 1e6).toISOString(),
    ...(annotations === undefined ? {} : { annotations }),
    ownsPids: linux?.namespaces?.some(({ type, path }) => type === 'pid' && (path ?? '') === '') ?? false,
    ...(noNewKeyring ? { sharesKeyring: true } : {}),
    ...(hooks?.poststart === undefined ? {} : { poststart: hooks.poststart }),
    ...(hooks?.poststop === undefined ? {} : { poststop: hooks.poststop }),
  };
}

/** While a failure is on its way to the caller, which is told instead of what goes wrong here. */
function discardFolder(sys: Sys, folder: Folder): void {
  try {
    removeFolder(sys, folder);
  } catch {
    // It stays as a stopped container, which delete removes.
  }
  sys.close(folder.fd);
}
