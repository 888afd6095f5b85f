// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The terminal that the runtime was called on, while a container's own is shown there.

import { errnoOf } from '../../files.ts';
import { AT_FDCWD, O_CLOEXEC, O_NOCTTY, O_RDWR } from '../../linux.ts';
import type { Sys } from '../../sys.ts';

/**
 * Finds the caller's terminal among the standard streams, any of which may lead elsewhere; else the one that controls the
 * process (tty(4)). Undefined when there is none, as in a script that only wants the program to have one.
 */
export function findTerminal(sys: Sys): number | undefined {
  return [2, 1, 0].find((fd) => isTerminal(sys, fd)) ?? openControllingTerminal(sys);
}

function openControllingTerminal(sys: Sys): number | undefined {
  try {
    return sys.openat(AT_FDCWD, '/dev/tty', O_RDWR | O_NOCTTY | O_CLOEXEC, 0);
  } catch (error) {
    if (errnoOf(error) === 'ENXIO' || errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function isTerminal(sys: Sys, fd: number): boolean {
  try {
    sys.getTermios(fd);
    return true;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return false;
  }
}

// asm-generic/termbits.h.
const IGNBRK = 0x1;
const BRKINT = 0x2;
const PARMRK = 0x8;
const ISTRIP = 0x20;
const INLCR = 0x40;
const IGNCR = 0x80;
const ICRNL = 0x100;
const IXON = 0x400;
const ONLCR = 0x4;
const CSIZE = 0x30;
const CS8 = 0x30;
const PARENB = 0x100;
const ISIG = 0x1;
const ICANON = 0x2;
const ECHO = 0x8;
const ECHONL = 0x40;
const IEXTEN = 0x8000;

/** Places of struct termios's flags, as numbers of 32 bits. */
const input = 0;
const output = 1;
const control = 2;
const local = 3;

function changeFlags(termios: Uint8Array, word: number, clear: number, set = 0): void {
  const view = new DataView(termios.buffer, termios.byteOffset);
  view.setUint32(word * 4, (view.getUint32(word * 4, true) & ~clear) | set, true);
}

/**
 * Passes every key through as it is (cfmakeraw(3)); what is written is still given its carriage returns, which the container's
 * own terminal then leaves out. Returns what takes it back.
 */
export function makeRaw(sys: Sys, fd: number): () => void {
  const before = sys.getTermios(fd);
  const raw = before.slice();
  changeFlags(raw, input, IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
  changeFlags(raw, control, CSIZE | PARENB, CS8);
  changeFlags(raw, local, ECHO | ECHONL | ICANON | ISIG | IEXTEN);
  sys.setTermios(fd, raw);
  return () => sys.setTermios(fd, before);
}

/** Has the container's terminal write line feeds as they are: the caller's makes CR LF of them, or a file gets plain lines. */
export function leaveOutCarriageReturns(sys: Sys, master: number): void {
  const termios = sys.getTermios(master);
  changeFlags(termios, output, ONLCR);
  sys.setTermios(master, termios);
}

/** Gives the container's terminal the size of the caller's. */
export function copyWindowSize(sys: Sys, from: number, to: number): void {
  const { rows, columns } = sys.getWindowSize(from);
  sys.setWindowSize(to, rows, columns);
}
