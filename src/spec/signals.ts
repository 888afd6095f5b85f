// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { constants } from 'node:os';

/** Names of signals, as "SIGQUIT". */
export const signalNames: readonly string[] = Object.keys(constants.signals);

/** As Docker's STOPSIGNAL writes it: "SIGQUIT", "QUIT", "3", "SIGRTMIN+3". */
export function isSignal(text: string): boolean {
  const upper = text.toUpperCase();
  if (/^(SIG)?RT(MIN|MAX)([+-]\d{1,2})?$/.test(upper)) return true;
  if (/^\d+$/.test(upper)) return Number(upper) >= 1 && Number(upper) <= 64;
  return signalNames.includes(upper.startsWith('SIG') ? upper : `SIG${upper}`);
}
