// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { RuntimeConfig } from '../contract/runtime-config.ts';
import { CLONE_NEWUSER } from '../linux.ts';
import type { Sys } from '../sys.ts';
import { discardCgroup } from './cgroup/destroy.ts';
import type { Cgroup, CgroupPlace } from './cgroup/place.ts';
import { type Channel, openChannel } from './channel.ts';
import { runChild } from './child.ts';
import { endProcess } from './end-process.ts';
import { runHooks, runPoststopHooks } from './hooks.ts';
import { type CgroupRequest, limitCpuTime, makeCgroup, refuseFrozen } from './own-cgroup.ts';
import { mountAt, releaseHostRoot } from './root/host-root.ts';
import { atMost, forEver, type Wait } from './patience.ts';
import { prepare, type Preparation } from './prepare.ts';
import { letRun, sendGo, serveUntilReady } from './serve.ts';
import { type ListenerRequest, listenerRequest } from './seccomp/seccomp-listener.ts';
import { spawn, type Spawned } from './spawn.ts';
import { prepareInUserNamespace, spawnPlan } from './spawn-plan.ts';
import { listenAtGate, openGate, removeGate } from './start-gate.ts';
import type { Stdio } from './process/stdio.ts';
import { step } from './step.ts';

/** What createContainer goes by. */
export interface CreateOptions extends CgroupRequest {
  /** Folder that relative paths of the configuration start from. */
  readonly bundle: string;
  readonly config: RuntimeConfig;
  readonly stdio: Stdio;
  /** Told of what the container starts without although it was asked for; nothing is told by default. */
  readonly warn?: (text: string) => void;
  /**
   * Absolute path of the socket to wait at for `start` (start-gate.ts). Without it the process waits for start() of this very
   * caller, and ends with it.
   */
  readonly gate?: string;
  /**
   * Seconds that the process may take until it is ready, and again until its program runs; it is killed then. Nor is a container
   * started in a cgroup that is frozen. As long as it takes when absent. Not together with a `gate`.
   */
  readonly patience?: number;
  /** Called as soon as there is a process to be remembered, long before it is ready; it goes no further when this throws. */
  readonly onSpawned?: (pid: number) => void;
  /** Covers the host's root instead of taking it away by pivot_root(2), which an initial ramfs does not allow. */
  readonly noPivot?: boolean;
  /** Leaves the process in the caller's session keyring. */
  readonly noNewKeyring?: boolean;
  /** File with the compiled filter of this config's linux.seccomp, written by who wrote the config (seccomp/filter-file.ts). */
  readonly seccompFile?: string;
  /** Folder for compiled seccomp filters, which many containers share; without one they are compiled each time. */
  readonly seccompCache?: string;
  /** Descriptors that stay open in the program (openPreserved); none by default. */
  readonly preserveFds?: readonly number[];
}

/** A container whose process stands before its program: everything is set up, and only start() is left. */
export interface CreatedContainer {
  readonly pid: number;
  /** Open until the caller closes it; readable when the process has ended. */
  readonly pidfd: number;
  /** Where its cgroup is, for destroyCgroup once it has ended. */
  readonly cgroup: CgroupPlace;
  /** For a container without a mount namespace: the mount of its root, to be given to releaseHostRoot once it has ended. */
  readonly rootMount: number | undefined;
  /** The pseudoterminal's master when config.json asks for a terminal; open until the caller closes it. */
  readonly terminal: number | undefined;
  /** Lets the program run, then runs the poststart hooks. When it throws, all is undone as by abort(). */
  readonly start: () => void;
  /** Kills the process instead, reaps it, removes its cgroup and runs the poststop hooks. */
  abort(): void;
  /** Runs the poststop hooks, when it has run, ended and been cleaned up after; one that fails is warned of. */
  readonly runPoststopHooks: () => void;
}

type Options = CreateOptions & Required<Pick<CreateOptions, 'warn'>>;

/**
 * Makes a container from a bundle's configuration (OCI runtime-spec runtime.md, create):
 *   1. check the configuration, open what comes from the host (prepare.ts)
 *   2. make the cgroup with its limits (own-cgroup.ts); devices are restricted later where one is to be mounted
 *   3. clone the process into cgroup and namespaces (spawn.ts), which builds its root and changes its user (child.ts)
 *   4. write its id maps, run hooks, set its oom score and resource limits when it asks for them (serve.ts)
 * It stands before its program then, until start() or, with a `gate`, until someone opens that: the caller may end.
 * Throws an Error "container ID: STEP: EVIDENCE" for a failure on either side; nothing of the container is left then, and its
 * poststop hooks have run if it came so far as to have a process.
 * The process is a child of the caller, who reaps it.
 */
export function createContainer(sys: Sys, options: CreateOptions): CreatedContainer {
  return step(`container ${options.id}`, () => {
    const opened: number[] = [];
    try {
      const all: Options = { ...options, warn: options.warn ?? ((): void => undefined) };
      return createBehindGate(sys, all, prepare(sys, all, opened), opened);
    } finally {
      for (const fd of opened) sys.close(fd);
    }
  });
}

function createBehindGate(sys: Sys, options: Options, preparation: Preparation, opened: number[]): CreatedContainer {
  const { gate } = options;
  if (gate === undefined) return createWithCgroup(sys, options, preparation, opened);
  const listening = listenAtGate(sys, gate);
  opened.push(listening);
  try {
    return createWithCgroup(sys, options, { ...preparation, gate: listening }, opened);
  } catch (error) {
    removeGate(sys, gate);
    throw error;
  }
}

function createWithCgroup(sys: Sys, options: Options, preparation: Preparation, opened: number[]): CreatedContainer {
  const { path: root, ownMounts } = preparation.root;
  const mountBefore = ownMounts ? undefined : mountAt(sys, root);
  const cgroup = makeCgroup(sys, options, preparation);
  if (cgroup.fd !== undefined) opened.push(cgroup.fd);
  if (options.patience !== undefined) refuseFrozen(sys, cgroup.place);
  const channel = openChannel(sys);
  const [runtimeEnd, containerEnd] = channel;
  const process = spawnOver(sys, channel, preparation, cgroup);
  if (process.pid === 0) return runChild(sys, containerEnd, preparation);
  sys.close(containerEnd);
  const making = { process, channel: runtimeEnd, cgroup: cgroup.place, mountBefore };
  return createWithProcess(sys, options, preparation, making, cgroup.restrict);
}

/** As spawn; when it fails, whatever process there is sees the end of the channel. */
function spawnOver(sys: Sys, channel: Channel, preparation: Preparation, cgroup: Cgroup): Spawned {
  try {
    return spawn(sys, spawnPlan(sys, preparation), cgroup, channel);
  } catch (error) {
    for (const fd of channel) sys.close(fd);
    discardCgroup(sys, cgroup.place);
    throw error;
  }
}

/** What there is of a container that has a process. */
interface Making {
  readonly process: Spawned;
  /** The runtime's end. */
  readonly channel: number;
  readonly cgroup: CgroupPlace;
  /** What was mounted at the root's path before, when the container's root is mounted in the runtime's mount namespace. */
  readonly mountBefore: number | undefined;
}

function createWithProcess(
  sys: Sys,
  options: Options,
  preparation: Preparation,
  making: Making,
  restrict: Cgroup['restrict'],
): CreatedContainer {
  const { process, channel, cgroup } = making;
  const { config, state } = preparation;
  const { pid, pidfd } = process;
  const { gate, patience } = options;
  const newWait = (): Wait => (patience === undefined ? forEver : atMost(sys, patience));
  /** Gives back what is made when `act` fails. */
  const orUndo = <T>(act: () => T): T => {
    try {
      return act();
    } catch (error) {
      undo(sys, options, preparation, making);
      throw error;
    }
  };
  const terminal = orUndo(() => {
    if ((preparation.namespaces.cloneFlags & CLONE_NEWUSER) !== 0) {
      prepareInUserNamespace(sys, pid, config);
      sendGo(sys, channel);
    }
    options.onSpawned?.(pid);
    const master = serveUntilReady(sys, channel, process, preparation, restrict, newWait());
    if (gate !== undefined) sendGo(sys, channel);
    return master;
  });
  const start = (): void =>
    step(`container ${options.id}`, () =>
      orUndo(() => {
        const request = (): ListenerRequest =>
          listenerRequest(config.linux?.seccomp, pid, { ...state, status: 'created', pid });
        if (gate === undefined) letRun(sys, channel, request, newWait());
        else openGate(sys, gate).go(request);
        if (options.lateCpuTime === true) limitCpuTime(sys, cgroup, config.linux?.resources);
        runHooks(sys, 'poststart', config.hooks, { ...state, status: 'running', pid }, { cwd: state.bundle });
        sys.close(channel);
      }),
    );
  const rootMount = newMount(sys, preparation, making);
  // What is called when all is over holds no more than it needs: the whole configuration would be most of what a container costs.
  const { hooks } = config;
  const { warn } = options;
  const stopped = { ...state, status: 'stopped' } as const;
  return {
    pid,
    pidfd,
    cgroup,
    rootMount,
    terminal,
    start,
    abort: () => undo(sys, options, preparation, making),
    runPoststopHooks: () => runPoststopHooks(sys, hooks, stopped, warn),
  };
}

function newMount(sys: Sys, { root }: Preparation, { mountBefore }: Making): number | undefined {
  const mount = root.ownMounts ? undefined : mountAt(sys, root.path);
  return mount === mountBefore ? undefined : mount;
}

function undo(sys: Sys, options: Options, preparation: Preparation, making: Making): void {
  const { process, channel, cgroup } = making;
  const { root } = preparation;
  const isGone = endProcess(sys, process, options.patience !== undefined);
  sys.close(process.pidfd);
  sys.close(channel);
  if (isGone) discardCgroup(sys, cgroup);
  else options.warn('its process is killed, but hangs in the kernel: it is left to itself, and its cgroup stays');
  const mount = newMount(sys, preparation, making);
  if (mount !== undefined) releaseHostRoot(sys, root.path, mount);
  runStopped(sys, options, preparation);
}

function runStopped(sys: Sys, { warn }: Options, { config, state }: Preparation): void {
  runPoststopHooks(sys, config.hooks, { ...state, status: 'stopped' }, warn);
}
