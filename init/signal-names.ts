// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** Linux's signals 1 to 31 in order (signal(7), as on x86_64 and arm64). */
const names = (
  'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU ' +
  'XFSZ VTALRM PROF WINCH IO PWR SYS'
).split(' ');
/** SIGRTMIN as the C library gives it to programs; the kernel's first two are the library's own. */
const firstRealTime = 34;
const lastRealTime = 64;

/** "SIGTERM" of 15; "signal 40" of one without a name. */
export function signalName(number: number): string {
  const name = names[number - 1];
  return name === undefined ? `signal ${number}` : `SIG${name}`;
}

/**
 * The number of a signal as Docker's STOPSIGNAL writes it: "SIGTERM", "TERM", "15", "SIGRTMIN+3", "SIGRTMAX-1". undefined
 * for anything else.
 */
export function signalNumber(text: string): number | undefined {
  const upper = text.toUpperCase().replace(/^SIG/, '');
  if (/^[0-9]+$/.test(upper)) return inRange(Number(upper));
  const realTime = /^RT(MIN|MAX)(?:([+-])([0-9]+))?$/.exec(upper);
  if (realTime !== null) {
    const [, base, sign, offset = '0'] = realTime;
    return inRange((base === 'MIN' ? firstRealTime : lastRealTime) + (sign === '-' ? -1 : 1) * Number(offset));
  }
  const index = names.indexOf(upper);
  return index < 0 ? undefined : index + 1;
}

function inRange(number: number): number | undefined {
  return number >= 1 && number <= lastRealTime ? number : undefined;
}
