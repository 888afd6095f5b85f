// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The runtime's side of making the container's process: what it does for it with its own privileges, when it is asked.

import { errnoOf } from '../files.ts';
import type { Sys } from '../sys.ts';
import { type Message, receiveMessage, sendMessage } from './channel.ts';
import { runHooks } from './hooks.ts';
import { moveNetDevices } from './network/net-devices.ts';
import type { Wait } from './patience.ts';
import type { Preparation } from './prepare.ts';
import { applyLimits } from './process/process-limits.ts';
import { sendTree } from './root/root-fetch.ts';
import { awaitExecve, type ListenerRequest } from './seccomp/seccomp-listener.ts';
import type { Spawned } from './spawn.ts';

/**
 * Answers what the process asks for (child.ts), until it is ready; `restrict` is called once its mounts are made. Returns the
 * master of its terminal, if it has one. Throws an Error with the process's own words when it gives up.
 */
export function serveUntilReady(
  sys: Sys,
  channel: number,
  { pid, pidfd }: Spawned,
  preparation: Preparation,
  restrict: (() => void) | undefined,
  wait: Wait,
): number | undefined {
  const { process, root } = preparation;
  let terminal: number | undefined;
  for (;;) {
    wait(channel);
    const { word, text, fds } = expectMessage(receiveMessage(sys, channel));
    switch (word) {
      case 'terminal':
        [terminal] = fds;
        break;
      case 'tree':
        sendTree(sys, channel, pidfd, root, text);
        continue;
      case 'mounted':
        // Before anything runs that is not the runtime's own.
        restrict?.();
        giveNetDevices(sys, preparation, pid, fds[0]);
        runCreateHooks(sys, preparation, pid);
        break;
      case 'built':
        applyLimits(sys, pid, process);
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

/** Lets the process go on. Throws an Error when it is dead. */
export function sendGo(sys: Sys, channel: number): void {
  try {
    sendMessage(sys, channel, 'go');
  } catch (error) {
    throw errnoOf(error) === 'EPIPE' ? new Error(diedEarly, { cause: error }) : error;
  }
}

/** Lets a process that is ready run its program and returns when it does (awaitExecve). */
export function letRun(sys: Sys, channel: number, request: () => ListenerRequest, wait: Wait): void {
  sendGo(sys, channel);
  awaitExecve(sys, channel, request, wait);
}

/** `socket` leads to the container's network namespace; absent when it gets no devices. */
function giveNetDevices(sys: Sys, { config }: Preparation, pid: number, socket: number | undefined): void {
  if (socket === undefined) return;
  try {
    moveNetDevices(sys, config.linux?.netDevices, pid, socket);
  } finally {
    sys.close(socket);
  }
}

/**
 * Those of the runtime's namespaces, for which the container's process waits. Prestart hooks are older than the state
 * "creating": they were part of the start and are told of a created container, as crun does and runtime-tools expects.
 */
function runCreateHooks(sys: Sys, { config, state }: Preparation, pid: number): void {
  const place = { cwd: state.bundle };
  runHooks(sys, 'prestart', config.hooks, { ...state, status: 'created', pid }, place);
  runHooks(sys, 'createRuntime', config.hooks, { ...state, status: 'creating', pid }, place);
}
