// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Sys } from '../sys.ts';

/** Prints a line on standard output. */
export function say(sys: Sys, line: string): void {
  print(sys, 1, line);
}

/** Prints a line on standard error. */
export function warn(sys: Sys, line: string): void {
  print(sys, 2, line);
}

function print(sys: Sys, fd: number, line: string): void {
  let rest = sys.encodeUtf8(`${line}\n`);
  while (rest.length > 0) rest = rest.subarray(sys.write(fd, rest));
}
