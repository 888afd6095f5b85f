// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** Linux's signals 1 to 31 in order (signal(7)), as init knows them, whatever the machine that builds calls its own. */
export const signalNames: readonly string[] = (
  'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU ' +
  'XFSZ VTALRM PROF WINCH IO PWR SYS'
)
  .split(' ')
  .map((name) => `SIG${name}`);

/** SIGRTMIN and SIGRTMAX as programs have them. */
const realTime = { MIN: 34, MAX: 64 } as const;

/** As Docker's STOPSIGNAL writes it: "SIGQUIT", "QUIT", "3", "SIGRTMIN+3". */
export function isSignal(text: string): boolean {
  const name = text.toUpperCase().replace(/^SIG/, '');
  if (/^[0-9]+$/.test(name)) return isNumber(Number(name));
  const [, base, offset] = /^RT(MIN|MAX)([+-][0-9]+)?$/.exec(name) ?? [];
  if (base === 'MIN' || base === 'MAX') return isNumber(realTime[base] + Number(offset ?? 0));
  return signalNames.includes(`SIG${name}`);
}

function isNumber(number: number): boolean {
  return number >= 1 && number <= realTime.MAX;
}
