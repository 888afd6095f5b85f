// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What "create" and "run" have in common: a container is kept in its folder before anything of it exists, so that
// "delete --force" finds all of it whenever the runtime is killed.

import type { CgroupPlace } from '../container/cgroup/place.ts';
import { type CreatedContainer, createContainer } from '../container/create.ts';
import { hasHooks } from '../container/hooks.ts';
import { resolveFrom } from '../container/path.ts';
import { step } from '../container/step.ts';
import { stringifyJson } from '../json.ts';
import { CLOCK_REALTIME } from '../linux.ts';
import type { Sys } from '../sys.ts';
import { sendDescriptor } from './descriptor-socket.ts';
import type { Log } from './log.ts';
import { writePidFile } from './pid-file.ts';
import type { Request } from './request.ts';
import type { ContainerState } from './state-file.ts';
import { identify } from './status.ts';
import { createFolder, type Folder, gateName, removeFolder, saveConfig, saveState, seccompCacheName } from './store.ts';

/** A container that was made, in its locked folder; whoever made it closes the folder. */
export interface NewContainer {
  readonly container: CreatedContainer;
  readonly folder: Folder;
}

/** Makes a container, ready to be started, and keeps it. Nothing is left of it when this throws. */
export function makeContainer(sys: Sys, request: Request, log: Log): NewContainer {
  const folder = step(`create "${request.id}"`, () => createFolder(sys, request.root, request.id));
  try {
    saveConfig(sys, folder, request.bytes);
    return { container: makeInFolder(sys, request, folder, log), folder };
  } catch (error) {
    discardFolder(sys, folder);
    throw error;
  }
}

function makeInFolder(sys: Sys, request: Request, folder: Folder, log: Log): CreatedContainer {
  const { root, id, bundle, runtimeConfig, noPivot, noNewKeyring, noCgroup, gate, cgroupRoot } = request;
  let state = firstState(sys, request);
  const save = (change: Partial<ContainerState>): void => {
    state = { ...state, ...change };
    saveState(sys, folder, state);
  };
  // Otherwise nobody can do anything with it before it is created: whoever wants to waits for the lock.
  const creating = hasHooks(runtimeConfig.hooks, 'prestart', 'createRuntime', 'createContainer');
  const container = createContainer(sys, {
    id,
    bundle,
    config: runtimeConfig,
    stdio: { stdin: 0, stdout: 1, stderr: 2 },
    warn: (text) => log.warn(text),
    preserveFds: request.preserved,
    noPivot,
    noNewKeyring,
    noCgroup,
    seccompCache: `${root}/${seccompCacheName}`,
    onPlanned: (cgroup) => save({ cgroup }),
    onSpawned: (pid) => save({ process: identify(sys, pid), creating }),
    ...(gate ? { gate: `${folder.path}/${gateName}` } : {}),
    ...(cgroupRoot === undefined ? {} : { cgroupRoot }),
  });
  try {
    const { cgroup, rootMount } = container;
    if (creating || rootMount !== undefined || !isSame(state.cgroup, cgroup))
      save({ creating: false, cgroup, ...(rootMount === undefined ? {} : { rootMount }) });
    handOver(sys, container, request);
  } catch (error) {
    container.abort();
    throw error;
  }
  return container;
}

/** A rootless runtime may have got less than was planned. */
function isSame(planned: CgroupPlace | undefined, made: CgroupPlace): boolean {
  return stringifyJson(planned) === stringifyJson(made);
}

/** Tells the caller of the container's process. */
function handOver(sys: Sys, { pid, pidfd, terminal }: CreatedContainer, options: Request): void {
  const { consoleSocket, pidfdSocket, pidFile } = options;
  if (consoleSocket !== undefined && terminal !== undefined) sendDescriptor(sys, consoleSocket, terminal, '/dev/ptmx');
  if (pidfdSocket !== undefined) sendDescriptor(sys, pidfdSocket, pidfd, 'pidfd');
  if (pidFile !== undefined) writePidFile(sys, pidFile, pid);
}

function firstState(sys: Sys, { id, bundle, runtimeConfig, noNewKeyring }: Request): ContainerState {
  const { annotations, hooks, linux, ociVersion, root } = runtimeConfig;
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
