// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The table of "ps -ef" (ps(1)), from /proc/PID/stat and cmdline (proc(5)).

import { errnoOf, readBytes, readText, readTextIfPresent } from '../files.ts';
import { AT_FDCWD, CLOCK_REALTIME } from '../linux.ts';
import type { Sys } from '../sys.ts';
import { formatTable } from './table.ts';
import { userName } from './user-name.ts';

/** The kernel counts times for programs in hundredths of a second (sysconf(3), _SC_CLK_TCK). */
const ticksPerSecond = 100;

/** One line for each process that is still there, below the headings. */
export function describeProcesses(sys: Sys, pids: readonly number[]): string {
  const users = readTextIfPresent(sys, '/etc/passwd') ?? '';
  const bootTime = Number(/^btime ([0-9]+)$/m.exec(readText(sys, '/proc/stat'))?.[1]);
  const rows = pids.flatMap((pid) => {
    const row = describeProcess(sys, pid, users, bootTime);
    return row === undefined ? [] : [row];
  });
  return formatTable([['UID', 'PID', 'PPID', 'C', 'STIME', 'TTY', 'TIME', 'CMD'], ...rows], 5);
}

function describeProcess(
  sys: Sys,
  pid: number,
  users: string,
  bootTime: number,
): readonly (string | number)[] | undefined {
  try {
    const { uid } = sys.statx(AT_FDCWD, `/proc/${pid}`, 0);
    const stat = readText(sys, `/proc/${pid}/stat`);
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    // From the third field on: the second may hold anything.
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const seconds = ((fields[11] ?? 0) + (fields[12] ?? 0)) / ticksPerSecond;
    const started = bootTime + (fields[19] ?? 0) / ticksPerSecond;
    const now = sys.clockGettime(CLOCK_REALTIME) / 1e9;
    const share = Math.min(99, Math.floor((100 * seconds) / Math.max(1, now - started)));
    const command = printable(commandOf(sys, pid) || `[${name}]`);
    const parent = fields[1] ?? 0;
    return [
      userName(users, uid),
      pid,
      parent,
      share,
      startTime(started, now),
      terminal(fields[4] ?? 0),
      clock(seconds),
      command,
    ];
  } catch (error) {
    // It has ended meanwhile.
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ESRCH') return undefined;
    throw error;
  }
}

/** The arguments with spaces between them; empty for a zombie. */
function commandOf(sys: Sys, pid: number): string {
  const text = sys.decodeUtf8(readBytes(sys, `/proc/${pid}/cmdline`));
  return text.replace(/\0+$/, '').replaceAll('\0', ' ');
}

/** Whatever a process calls itself is one part of one line, and does nothing to the terminal where that is read. */
function printable(text: string): string {
  return text.replace(/\p{C}/gu, '?');
}

/** "14:05" when it was in the last day, else "Nov22". */
function startTime(started: number, now: number): string {
  const date = new Date(started * 1000);
  if (now - started < 86_400) return `${twoDigits(date.getHours())}:${twoDigits(date.getMinutes())}`;
  const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
  return `${months[date.getMonth()]}${twoDigits(date.getDate())}`;
}

/** By the number of its device: pseudoterminals have the major numbers 136 to 143, consoles 4 (devices.txt). */
function terminal(device: number): string {
  const major = (device >> 8) & 0xfff;
  const minor = (device & 0xff) | ((device >> 12) & 0xfff00);
  if (major >= 136 && major <= 143) return `pts/${(major - 136) * 256 + minor}`;
  if (major === 4) return minor < 64 ? `tty${minor}` : `ttyS${minor - 64}`;
  return '?';
}

function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  return [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60].map(twoDigits).join(':');
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
