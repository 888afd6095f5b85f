// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { RuntimeConfig } from '../contract.ts';
import { errnoOf } from '../files.ts';
import { SIGKILL } from '../linux.ts';
import type { Sys } from '../sys.ts';
import { applyCgroup } from './cgroup/apply.ts';
import { destroyCgroup, discardCgroup } from './cgroup/destroy.ts';
import type { Cgroup, CgroupPlace } from './cgroup/place.ts';
import { type Channel, type Message, openChannel, receiveMessage, sendMessage } from './channel.ts';
import { runChild } from './child.ts';
import { joinNamespaces } from './namespaces.ts';
import { prepare, type Preparation } from './prepare.ts';
import { applyFromOutside } from './process-outside.ts';
import { spawn, type Spawned } from './spawn.ts';
import { listenAtGate, openGate, removeGate } from './start-gate.ts';
import type { Stdio } from './stdio.ts';
import { step } from './step.ts';
import { writeMappings } from './user-mappings.ts';

export interface CreateOptions {
  /** Names the container in messages, and its cgroup by default. */
  readonly id: string;
  /** Folder that relative paths of the configuration start from. */
  readonly bundle: string;
  readonly config: RuntimeConfig;
  readonly stdio: Stdio;
  /** Mount point of the cgroup v2 hierarchy; found when absent. */
  readonly cgroupRoot?: string;
  /** Told of what the container starts without although it was asked for; nothing is told by default. */
  readonly warn?: (text: string) => void;
  /**
   * Absolute path of the socket to wait at for `start` (start-gate.ts). Without it the process waits for start() of this very
   * caller, and ends with it.
   */
  readonly gate?: string;
  /** Called as soon as there is a process to be remembered, long before it is ready; it goes no further when this throws. */
  readonly onSpawned?: (pid: number) => void;
  /** Number of descriptors from 3 on that stay open in the program (checkPreserved); none by default. */
  readonly preserveFds?: number;
}

/** A container whose process stands before its program: everything is set up, and only start() is left. */
export interface CreatedContainer {
  readonly pid: number;
  /** Open until the caller closes it; readable when the process has ended. */
  readonly pidfd: number;
  /** Where its cgroup is, for destroyCgroup once it has ended. */
  readonly cgroup: CgroupPlace;
  /** The pseudoterminal's master when config.json asks for a terminal; open until the caller closes it. */
  readonly terminal: number | undefined;
  /** Lets the program run. Throws when it cannot be executed; then the process is reaped and its cgroup removed. */
  start(): void;
  /** Kills the process instead, reaps it and removes its cgroup. */
  abort(): void;
}

/**
 * Makes a container from a bundle's configuration (OCI runtime-spec runtime.md, create):
 *   1. check the configuration, open what comes from the host (prepare.ts)
 *   2. make the cgroup with its limits (cgroup/apply.ts)
 *   3. clone the process into cgroup and namespaces (spawn.ts), which builds its root and changes its user (child.ts)
 *   4. write its id maps, oom score and resource limits when it asks for them
 * It stands before its program then, until start() or, with a `gate`, until someone opens that: the caller may end.
 * Throws an Error "container ID: STEP: EVIDENCE" for a failure on either side; nothing of the container is left then.
 * The process is a child of the caller, who reaps it.
 */
export function createContainer(sys: Sys, options: CreateOptions): CreatedContainer {
  return step(`container ${options.id}`, () => {
    const opened: number[] = [];
    try {
      const preparation = prepare(sys, { ...options, warn: options.warn ?? ((): void => undefined) }, opened);
      return createBehindGate(sys, options, preparation, opened);
    } finally {
      for (const fd of opened) sys.close(fd);
    }
  });
}

function createBehindGate(
  sys: Sys,
  options: CreateOptions,
  preparation: Preparation,
  opened: number[],
): CreatedContainer {
  const { gate } = options;
  if (gate === undefined) return createPrepared(sys, options, preparation, opened);
  const listening = listenAtGate(sys, gate);
  opened.push(listening);
  try {
    return createPrepared(sys, options, { ...preparation, gate: listening }, opened);
  } catch (error) {
    removeGate(sys, gate);
    throw error;
  }
}

function createPrepared(
  sys: Sys,
  options: CreateOptions,
  preparation: Preparation,
  opened: number[],
): CreatedContainer {
  const { id, cgroupRoot: root } = options;
  const { config } = preparation;
  const cgroup = applyCgroup(sys, { id, path: config.linux?.cgroupsPath, resources: config.linux?.resources, root });
  if (cgroup.fd !== undefined) opened.push(cgroup.fd);
  try {
    return createInCgroup(sys, options, preparation, cgroup);
  } catch (error) {
    discardCgroup(sys, cgroup.place);
    throw error;
  }
}

function createInCgroup(sys: Sys, options: CreateOptions, preparation: Preparation, cgroup: Cgroup): CreatedContainer {
  const channel = openChannel(sys);
  const [runtimeEnd, containerEnd] = channel;
  const process = spawnOver(sys, channel, preparation, cgroup);
  if (process.pid === 0) return runChild(sys, containerEnd, preparation);
  sys.close(containerEnd);
  try {
    options.onSpawned?.(process.pid);
    const terminal = serveUntilReady(sys, runtimeEnd, process.pid, preparation);
    if (options.gate !== undefined) sendGo(sys, runtimeEnd);
    return createdContainer(sys, options, { process, channel: runtimeEnd, cgroup: cgroup.place, terminal });
  } catch (error) {
    discard(sys, process, runtimeEnd);
    throw error;
  }
}

/** As spawn; when it fails, whatever process there is sees the end of the channel. */
function spawnOver(sys: Sys, channel: Channel, { namespaces }: Preparation, cgroup: Cgroup): Spawned {
  const { cloneFlags, joined } = namespaces;
  const join = joined.length === 0 ? undefined : (): void => joinNamespaces(sys, joined);
  try {
    return spawn(sys, { cloneFlags, join }, cgroup, channel);
  } catch (error) {
    for (const fd of channel) sys.close(fd);
    throw error;
  }
}

/** Answers what the child asks for (child.ts), until it is ready. Returns the master of its terminal, if it has one. */
function serveUntilReady(sys: Sys, channel: number, pid: number, { config, process }: Preparation): number | undefined {
  let terminal: number | undefined;
  for (;;) {
    const { word, text, fds } = expectMessage(receiveMessage(sys, channel));
    switch (word) {
      case 'terminal':
        [terminal] = fds;
        break;
      case 'mapped?':
        writeMappings(sys, pid, config.linux ?? {});
        break;
      case 'built':
        applyFromOutside(sys, pid, process);
        break;
      case 'ready':
        return terminal;
      default:
        throw new Error(text);
    }
    sendGo(sys, channel);
  }
}

const diedEarly = 'its process died before it was ready';

function expectMessage(message: Message | undefined): Message {
  if (message === undefined) throw new Error(diedEarly);
  return message;
}

function sendGo(sys: Sys, channel: number): void {
  try {
    sendMessage(sys, channel, 'go');
  } catch (error) {
    throw errnoOf(error) === 'EPIPE' ? new Error(diedEarly, { cause: error }) : error;
  }
}

/** The channel's end without a word is the program's execve: the process's end is closed by it. */
function letRun(sys: Sys, channel: number): void {
  sendGo(sys, channel);
  const failure = receiveMessage(sys, channel);
  if (failure !== undefined) throw new Error(failure.text);
}

/** What the runtime holds of a process that is ready. */
interface Ready {
  readonly process: Spawned;
  readonly channel: number;
  readonly cgroup: CgroupPlace;
  readonly terminal: number | undefined;
}

function createdContainer(sys: Sys, { id, gate }: CreateOptions, ready: Ready): CreatedContainer {
  const { process, channel, cgroup, terminal } = ready;
  const start = (): void => {
    try {
      step(`container ${id}`, () => (gate === undefined ? letRun(sys, channel) : openGate(sys, gate).go()));
    } catch (error) {
      discard(sys, process, channel);
      discardCgroup(sys, cgroup);
      throw error;
    }
    sys.close(channel);
  };
  const abort = (): void => {
    discard(sys, process, channel);
    destroyCgroup(sys, cgroup);
  };
  return { pid: process.pid, pidfd: process.pidfd, cgroup, terminal, start, abort };
}

function discard(sys: Sys, { pid, pidfd }: Spawned, channel: number): void {
  sys.pidfdSendSignal(pidfd, SIGKILL);
  sys.wait4(pid, 0);
  sys.close(pidfd);
  sys.close(channel);
}
