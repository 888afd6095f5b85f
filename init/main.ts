// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { argv, getpid, loadUnit, readlinkat } from 'tskit:sys';
import { AT_FDCWD } from './linux.ts';

/** What a unit exports as default: it runs to its end and returns the exit code, nothing for 0. */
type Main = () => number | void;

/** Name the program was called by -> unit. */
const units: ReadonlyMap<string, string> = new Map([
  ['init', 'pid1'],
  ['tsrun', 'tsrun'],
  ['tsctl', 'tsctl'],
  ['modprobe', 'modprobe'],
  ['pause', 'pause'],
]);

function basename(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The kernel starts /proc/sys/kernel/modprobe with these arguments (call_modprobe in kernel/module/kmod.c). */
function isModuleRequest(): boolean {
  return argv[1] === '-q' && argv[2] === '--';
}

/**
 * PID 1 of a machine is init whatever it is called (`rdinit=/sbin/start`), but tsrun as PID 1 of a container stays tsrun. A
 * program that starts itself again does it as /proc/self/exe, which says nothing, so the file's own name counts then.
 */
function chooseUnit(): string {
  const named = units.get(basename(argv[0] ?? ''));
  if (getpid() === 1) return named ?? 'pid1';
  if (isModuleRequest()) return 'modprobe';
  return named ?? units.get(basename(readlinkat(AT_FDCWD, '/proc/self/exe'))) ?? 'tsrun';
}

/** First unit: runs the one that the program's name stands for. */
export default function main(): number {
  const run = loadUnit(chooseUnit()) as Main;
  return run() ?? 0;
}
