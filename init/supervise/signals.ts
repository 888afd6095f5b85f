// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import {
  EPOLLIN,
  LINUX_REBOOT_CMD_CAD_OFF,
  SIG_BLOCK,
  SIGCHLD,
  SIGHUP,
  SIGINT,
  SIGPIPE,
  SIGPWR,
  SIGQUIT,
  SIGTERM,
  SIGUSR1,
  SIGUSR2,
} from '../linux.ts';
import type { Sys } from '../sys.ts';
import type { Loop } from './loop.ts';

/** How the machine stops. */
export type StopKind = 'poweroff' | 'reboot' | 'halt';

/** What a signal to PID 1 asks for: busybox's convention, which its poweroff, reboot and halt follow, and SIGPWR of init(8). */
const requests: ReadonlyMap<number, StopKind> = new Map([
  [SIGTERM, 'reboot'],
  [SIGINT, 'reboot'],
  [SIGUSR1, 'halt'],
  [SIGUSR2, 'poweroff'],
  [SIGPWR, 'poweroff'],
]);

/** Taken from the signalfd so that none of them is ever delivered; those without a meaning are dropped. */
const taken = [SIGCHLD, ...requests.keys(), SIGHUP, SIGQUIT];

/**
 * Receives PID 1's signals through the loop. Ctrl-Alt-Del comes as SIGINT from now on, instead of a reboot by the kernel.
 */
export function watchSignals(sys: Sys, loop: Loop, onChild: () => void, onRequest: (kind: StopKind) => void): void {
  // Blocked but not taken: a write to a closed pipe fails with EPIPE and nothing else.
  sys.sigprocmask(SIG_BLOCK, [...taken, SIGPIPE]);
  const fd = sys.signalfd(taken);
  sys.reboot(LINUX_REBOOT_CMD_CAD_OFF);
  loop.watch(fd, EPOLLIN, () => {
    const { signal } = sys.readSignal(fd);
    const kind = requests.get(signal);
    if (signal === SIGCHLD) onChild();
    else if (kind !== undefined) onRequest(kind);
  });
}
