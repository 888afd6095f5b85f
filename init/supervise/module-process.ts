// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { SIG_SETMASK, SIGCHLD } from '../linux.ts';
import type { Sys } from '../sys.ts';

/**
 * Loads the modules for these modaliases in a process of its own, the unit "modprobe": a driver may take seconds to load, and
 * PID 1 has containers to serve meanwhile. Nobody waits for it; what fails is in the kernel's log.
 */
export function loadApart(sys: Sys, modaliases: readonly string[]): void {
  if (modaliases.length === 0) return;
  const { pid } = sys.clone3({ flags: 0, exitSignal: SIGCHLD });
  if (pid !== 0) return;
  try {
    sys.sigprocmask(SIG_SETMASK, []);
    sys.execve('/proc/self/exe', ['modprobe', '-q', '--', ...modaliases], []);
  } catch {
    sys.exit(1);
  }
}
