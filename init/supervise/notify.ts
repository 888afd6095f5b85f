// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Services that tell of themselves (sd_notify(3)): datagrams of lines "KEY=VALUE".

import type { ContainerPlan } from '../contract/container-plan.ts';
import { notifyPath } from '../contract/paths.ts';
import { describeError, errnoOf, makeFolder } from '../files.ts';
import { AF_UNIX, AT_FDCWD, CLOCK_MONOTONIC, EPOLLIN, MSG_DONTWAIT, SOCK_CLOEXEC, SOCK_DGRAM } from '../linux.ts';
import type { Sys } from '../sys.ts';
import { parentOf } from '../container/path.ts';
import type { Checks, Findings } from './health.ts';
import type { CancelTimer } from './loop.ts';
import type { Machine } from './machine.ts';
import { closeStrangeFiles } from './strange-files.ts';

/** What systemd takes at most. */
const longest = 4096;
/** What is received is taken at once, so that one buffer serves for all. */
const buffer: Uint8Array = new Uint8Array(longest);
/** Characters that are kept of what a service says. */
const longestStatus = 200;
/** Seconds after bad news in which there is no further news, or a service could fill the console with it. */
const restSeconds = 1;
/** Datagrams that are read before others get their turn. */
const portion = 16;
/** Seconds in which so many are read and no more: what else a service sends waits in its socket, and the service with it. */
const windowSeconds = 0.25;
const mostInWindow = 64;

/** Has to be there when the container is made, which has it bound in, and stays for all of its runs. */
export function openNotifySocket(sys: Sys, plan: ContainerPlan): number {
  const path = notifyPath(plan.id);
  // Bound in by PID 1, which gets anywhere: nobody else is to reach the socket of another's service by way of /run.
  makeFolder(sys, parentOf(path), 0o700);
  const socket = sys.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sys.bind(socket, { family: AF_UNIX, path });
  // Whoever has it, a user of the container among them, may write. Only the container has it.
  sys.fchmodat(AT_FDCWD, path, 0o666);
  return socket;
}

/** `startSeconds` is what the service has to say that it is ready; 0 for as long as it likes. */
export function listenToNotify(
  { sys, loop, console }: Machine,
  plan: ContainerPlan,
  socket: number,
  { watchdog }: { readonly watchdog?: number },
  startSeconds: number,
  findings: Findings,
): Checks {
  let isReady = false;
  let isEnding = false;
  let interval = watchdog;
  let cancel: CancelTimer | undefined;
  let cancelRest: CancelTimer | undefined;
  let cancelPause: CancelTimer | undefined;
  let windowEnd = 0;
  let left = 0;
  /** It said that it is ready, or last that it is not, while there was no news. */
  let isWellAgain = false;
  if (startSeconds > 0) expect(startSeconds, 'not ready');

  function expect(seconds: number, what: string): void {
    cancel?.();
    cancel = loop.after(seconds, () => fail(`${what} after ${seconds} s`));
  }

  function fail(why: string): void {
    isWellAgain = false;
    if (cancelRest !== undefined) return;
    cancelRest = loop.after(restSeconds, () => {
      cancelRest = undefined;
      if (isWellAgain) findings.healthy();
    });
    findings.unhealthy(why);
  }

  function succeed(): void {
    isWellAgain = true;
    if (cancelRest === undefined) findings.healthy();
  }

  function feedWatchdog(): void {
    if (interval !== undefined && isReady && !isEnding) expect(interval, 'no sign of life');
  }

  function take(key: string, value: string): void {
    const seconds = Number(value) / 1e6;
    switch (key) {
      case 'READY':
        if (value !== '1') break;
        isReady = true;
        cancel?.();
        feedWatchdog();
        succeed();
        break;
      case 'STOPPING':
        if (value !== '1') break;
        isEnding = true;
        cancel?.();
        break;
      case 'STATUS':
        findings.says(value.slice(0, longestStatus));
        break;
      case 'WATCHDOG':
        if (value === '1') feedWatchdog();
        else if (value === 'trigger') fail('it says so itself');
        break;
      case 'WATCHDOG_USEC':
        if (seconds > 0 && interval !== undefined) interval = seconds;
        feedWatchdog();
        break;
      case 'EXTEND_TIMEOUT_USEC':
        if (!(seconds > 0)) break;
        if (isEnding) findings.extend(seconds);
        else if (!isReady && startSeconds > 0) expect(seconds, 'not ready');
        break;
    }
  }

  function takeLines(text: string): void {
    for (const line of text.split('\n')) {
      const at = line.indexOf('=');
      if (at > 0) take(line.slice(0, at), line.slice(at + 1));
    }
  }

  /** How many were there; as many as may be when it failed, so that it is not tried all the time. */
  function receive(limit: number, onText: (text: string) => void): number {
    let count = 0;
    try {
      for (; count < limit; count += 1) {
        const { length, fds } = sys.recvmsg(socket, buffer, MSG_DONTWAIT);
        // Closing them is what BARRIER=1 waits for, and nothing else wants them.
        closeStrangeFiles(sys, fds);
        onText(sys.decodeUtf8(buffer.subarray(0, length)));
      }
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === undefined) throw error;
      if (errno !== 'EAGAIN') {
        console.warn(`${plan.name}: notify: ${describeError(error)}`);
        return mostInWindow;
      }
    }
    return count;
  }

  function receiveInWindow(): void {
    const now = sys.clockGettime(CLOCK_MONOTONIC);
    if (now >= windowEnd) {
      windowEnd = now + windowSeconds * 1e9;
      left = mostInWindow;
    }
    left -= receive(Math.min(left, portion), takeLines);
    if (left > 0) return;
    loop.rewatch(socket, 0);
    cancelPause = loop.after((windowEnd - now) / 1e9, () => loop.rewatch(socket, EPOLLIN));
  }

  try {
    loop.watch(socket, EPOLLIN, receiveInWindow);
  } catch (error) {
    console.warn(`${plan.name}: notify: ${describeError(error)}`);
  }
  return {
    end(isGone) {
      isEnding = true;
      cancel?.();
      cancelRest?.();
      if (!isGone) return;
      cancelPause?.();
      loop.unwatch(socket);
      // What it said last is not to be taken for what its next run says.
      receive(portion * portion, () => undefined);
    },
  };
}
