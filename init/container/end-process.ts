// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { SIGKILL } from '../linux.ts';
import type { Sys } from '../sys.ts';
import { isReadyWithin } from './patience.ts';
import type { Spawned } from './spawn.ts';

/** Seconds that a killed process has to end. */
const killedSeconds = 2;

/** Kills a child. Whether it has ended, which is waited for: for a moment only when somebody else reaps what ends later. */
export function endProcess(sys: Sys, { pid, pidfd }: Spawned, isBrief: boolean): boolean {
  sys.pidfdSendSignal(pidfd, SIGKILL);
  if (isBrief && !isReadyWithin(sys, pidfd, killedSeconds)) return false;
  sys.wait4(pid, 0);
  return true;
}
