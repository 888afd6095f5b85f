// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { writeValue } from '../files.ts';
import { AT_FDCWD, O_CLOEXEC, O_NONBLOCK, O_WRONLY } from '../linux.ts';
import type { Sys } from '../sys.ts';
import { quietly } from './quietly.ts';

/** What one record of the kernel's log holds (printk.c), less what it puts in front. */
const longest = 900;
/** daemon.info (RFC 5424, 6.2.1). */
export const priority = 30;

/** Sends a line; throws the SysError of one that is lost. */
export type Send = (line: string) => void;

/** Lines go to the kernel's log: "NAME: LINE". Long ones come in parts. */
export function createKmsg(sys: Sys, name: string): Send {
  let fd: number | undefined;
  function open(): number {
    // By default the kernel drops what a process writes beyond ten lines in five seconds, and says nothing. Without the newline it is
    // refused.
    quietly(() => writeValue(sys, '/proc/sys/kernel/printk_devkmsg', 'on\n'));
    return sys.openat(AT_FDCWD, '/dev/kmsg', O_WRONLY | O_NONBLOCK | O_CLOEXEC, 0);
  }
  return (line) => {
    fd ??= open();
    for (const bytes of inParts(sys, line, longest)) sys.write(fd, sys.encodeUtf8(`<${priority}>${name}: ${bytes}`));
  };
}

/** A text in parts that are no longer than `most` bytes each. */
export function inParts(sys: Sys, text: string, most: number): readonly string[] {
  if (text.length * 3 <= most || sys.encodeUtf8(text).length <= most) return [text];
  const middle = text.length >> 1;
  return [...inParts(sys, text.slice(0, middle), most), ...inParts(sys, text.slice(middle), most)];
}
