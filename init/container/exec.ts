// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// A further process in a running container (runc exec).

import type { Process, RuntimeConfig } from '../contract/runtime-config.ts';
import { CLONE_NEWNS, CLONE_NEWUSER, O_CLOEXEC, O_PATH, PR_SET_DUMPABLE, SIGKILL } from '../linux.ts';
import type { Sys } from '../sys.ts';
import type { Cgroup } from './cgroup/place.ts';
import { ask, type Message, openChannel, receiveMessage, sendFailure, sendMessage } from './channel.ts';
import { withInitialAffinity } from './process/cpu-affinity.ts';
import { closeOthers } from './descriptors.ts';
import { completeEnvironment } from './process/environment.ts';
import { joinOwnKeyring } from './namespace/keyring.ts';
import { becomeProcess, execute, type Program } from './process/process.ts';
import { applyLimits } from './process/process-limits.ts';
import { withDefaultsOf } from './process/process-defaults.ts';
import { planProcess, type ProcessPlan } from './process/process-plan.ts';
import { openProcfs } from './procfs.ts';
import { namespacesToJoin } from './namespace/running-namespaces.ts';
import { type ListenerRequest, listenerRequest, listenerWord, passListener } from './seccomp/seccomp-listener.ts';
import { openLabels } from './process/security-labels.ts';
import { spawn, type Spawned } from './spawn.ts';
import { installStdio, type Stdio } from './process/stdio.ts';
import { step } from './step.ts';
import { installTerminal, openTerminal } from './terminal/terminal.ts';
import { becomeRoot } from './namespace/user-mappings.ts';

/** What execProcess goes by. */
export interface ExecOptions {
  /** The container's id, for messages. */
  readonly id: string;
  /** The container's first process. The pidfd is what counts: the number could be someone else's by now. */
  readonly init: { readonly pid: number; readonly pidfd: number };
  /** What the container was made from: its namespaces, seccomp filter, personality and memory policy. */
  readonly config: RuntimeConfig;
  /** What it does not say of capabilities, limits, labels, scheduling and umask is as the container's own process has it. */
  readonly process: Process;
  /** The container's cgroup, or one below it; the caller closes its descriptor. */
  readonly cgroup: Pick<Cgroup, 'fd' | 'enter'>;
  /** Not used by a process with a terminal. */
  readonly stdio: Stdio;
  /** The container's bundle, for whoever decides calls (seccomp-listener.ts), and folder for compiled seccomp filters. */
  readonly bundle: string;
  /** As in CreateOptions. */
  readonly seccompFile?: string;
  readonly seccompCache?: string;
  /** The container shares the session keyring of who created it; by default it has its own, which is joined. */
  readonly noNewKeyring?: boolean;
  /** Descriptors that stay open in the program (openPreserved); none by default. */
  readonly preserveFds?: readonly number[];
  /** Called as soon as there is a process; it goes no further when this throws. */
  readonly onSpawned?: (pid: number) => void;
  /** Called with the pseudoterminal's master before the program runs, as onSpawned is. */
  readonly onTerminal?: (master: number) => void;
  /** Told of what the process starts without although it was asked for; nothing is told by default. */
  readonly warn?: (text: string) => void;
}

/** A process whose program runs. It is a child of the caller, who reaps it. */
export interface ExecutedProcess {
  readonly pid: number;
  /** Open until the caller closes it; readable when the process has ended. */
  readonly pidfd: number;
  /** The pseudoterminal's master when process.terminal is set; open until the caller closes it. */
  readonly terminal: number | undefined;
}

interface Preparation {
  readonly options: ExecOptions;
  /** The runtime's own /proc, checked to be one. */
  readonly procfs: number;
  readonly plan: ProcessPlan;
  /** CLONE_NEW* of the namespaces to join. */
  readonly namespaces: number;
  /** The container's root, where no mount namespace brings it along. */
  readonly root: number | undefined;
}

/**
 * Runs a process in a container:
 *   1. check its configuration, look which namespaces the container has of its own
 *   2. clone a process into the container's cgroup, which joins them and clones the process from there: only so is it inside
 *      the PID namespace (spawn.ts)
 *   3. take its terminal, set its oom score and limits, and let its program run
 * Throws an Error "container ID: STEP: EVIDENCE", in the words of the process when that failed; it is reaped then.
 */
export function execProcess(sys: Sys, options: ExecOptions): ExecutedProcess {
  return step(`container ${options.id}`, () => {
    const opened: number[] = [];
    try {
      return runPrepared(sys, prepare(sys, options, opened));
    } finally {
      for (const fd of opened) sys.close(fd);
    }
  });
}

function prepare(sys: Sys, options: ExecOptions, opened: number[]): Preparation {
  const { config, init, seccompFile, seccompCache, warn = (): void => undefined } = options;
  const process = withDefaultsOf(config.process, options.process);
  const procfs = openProcfs(sys);
  opened.push(procfs);
  const namespaces = namespacesToJoin(sys, procfs, init.pid, config.linux);
  const inUserNamespace = (namespaces & CLONE_NEWUSER) !== 0;
  const plan = planProcess(sys, {
    config,
    process,
    seccompFile,
    seccompCache,
    inUserNamespace,
    isFirst: false,
    warn,
  });
  const root = (namespaces & CLONE_NEWNS) === 0 ? openRootOf(sys, procfs, init.pid) : undefined;
  if (root !== undefined) opened.push(root);
  // Since it lives still, what was looked up by its number was its own.
  step("look for the container's process", () => sys.pidfdSendSignal(init.pidfd, 0));
  return { options, procfs, plan, namespaces, root };
}

function openRootOf(sys: Sys, procfs: number, pid: number): number {
  return step("open the container's root", () => sys.openat(procfs, `${pid}/root`, O_PATH | O_CLOEXEC, 0));
}

function runPrepared(sys: Sys, preparation: Preparation): ExecutedProcess {
  const channel = openChannel(sys);
  const [runtimeEnd, processEnd] = channel;
  const spawned = spawnInside(sys, preparation, channel);
  if (spawned.pid === 0) return runExecuted(sys, processEnd, preparation);
  sys.close(processEnd);
  try {
    return serveUntilRunning(sys, runtimeEnd, spawned, preparation);
  } finally {
    sys.close(runtimeEnd);
  }
}

function spawnInside(
  sys: Sys,
  { options, plan, namespaces }: Preparation,
  channel: readonly [number, number],
): Spawned {
  const join = (): void => {
    // Before it is where processes of the container could look into it: it holds the runtime's memory, rights and
    // descriptors (CVE-2016-9962). Its clone inherits this; execve takes it back.
    sys.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    // All at once, and their order with a user namespace is the kernel's matter (setns(2), with a pidfd).
    if (namespaces !== 0) step("join the container's namespaces", () => sys.setns(options.init.pidfd, namespaces));
  };
  try {
    return withInitialAffinity(sys, plan.affinity, () =>
      spawn(sys, { cloneFlags: 0, join, oomScore: plan.process.oomScoreAdj }, options.cgroup, channel),
    );
  } catch (error) {
    for (const fd of channel) sys.close(fd);
    throw error;
  }
}

/** Answers what the process asks for, and returns once its program runs. */
function serveUntilRunning(
  sys: Sys,
  channel: number,
  { pid, pidfd }: Spawned,
  { options, plan }: Preparation,
): ExecutedProcess {
  let terminal: number | undefined;
  try {
    options.onSpawned?.(pid);
    for (;;) {
      const message = receiveMessage(sys, channel);
      // The channel's end without a failure is the program's execve, or the process's death before it.
      if (message === undefined) return { pid, pidfd, terminal };
      if (message.word === listenerWord) {
        passListener(sys, channel, message, requestOf(options, pid));
        continue;
      }
      if (message.word === 'terminal') terminal = takeTerminal(message, options);
      else if (message.word === 'built') applyLimits(sys, pid, plan);
      else throw new Error(message.text);
      sendMessage(sys, channel, 'go');
    }
  } catch (error) {
    sys.pidfdSendSignal(pidfd, SIGKILL);
    sys.wait4(pid, 0);
    for (const fd of [pidfd, terminal]) if (fd !== undefined) sys.close(fd);
    throw error;
  }
}

function takeTerminal({ fds: [master] }: Message, { onTerminal }: ExecOptions): number | undefined {
  if (master !== undefined) onTerminal?.(master);
  return master;
}

function requestOf({ id, init, bundle, config }: ExecOptions, pid: number): ListenerRequest {
  const { ociVersion, annotations = {}, linux } = config;
  const state = { ociVersion, id, status: 'running', pid: init.pid, bundle, annotations } as const;
  return listenerRequest(linux?.seccomp, pid, state);
}

/** A mount namespace of the container's brings its root with it, as "/" and as working directory (setns(2)). */
function changeRoot(sys: Sys, root: number): void {
  step("change to the container's root", () => {
    sys.fchdir(root);
    sys.chroot('.');
  });
}

function runExecuted(sys: Sys, channel: number, preparation: Preparation): never {
  try {
    return execute(sys, becomeExecuted(sys, channel, preparation), channel);
  } catch (error) {
    return sendFailure(sys, channel, error);
  }
}

function becomeExecuted(sys: Sys, channel: number, { options, procfs, plan, root }: Preparation): Program {
  const { process } = plan;
  // Modes given to mkdir and mknod are meant.
  sys.umask(0);
  sys.setsid();
  if (plan.inUserNamespace) becomeRoot(sys);
  if (root !== undefined) changeRoot(sys, root);
  if (options.noNewKeyring !== true) joinOwnKeyring(sys, options.id, plan.inUserNamespace);
  if (process.terminal === true) {
    const terminal = openTerminal(sys, process.consoleSize);
    ask(sys, channel, 'terminal', [terminal.master]);
    installTerminal(sys, terminal);
  } else {
    installStdio(sys, options.stdio);
  }
  const labels = openLabels(sys, procfs, plan.labels);
  // Before anything of the image is opened: /proc/self/fd would lead to what the runtime has open.
  closeOthers(sys, options.preserveFds ?? [], [channel, ...labels.map(({ fd }) => fd)]);
  const env = completeEnvironment(sys, process.env ?? [], process.user.uid);
  if (plan.inUserNamespace) ask(sys, channel, 'built');
  else applyLimits(sys, 0, plan);
  return becomeProcess(sys, plan, env, labels);
}
