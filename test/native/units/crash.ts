// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// oxlint-disable-next-line typescript/triple-slash-reference
/// <reference path="../../../init/sys.d.ts" />
import * as sys from 'tskit:sys';

const AT_FDCWD = -100;
const CLONE_NEWPID = 0x20000000;
const RLIMIT_STACK = 3;
const LINUX_REBOOT_CMD_RESTART = 0x01234567;

function recurse(depth: number): number {
  return recurse(depth + 1) + 1;
}

/** With less stack than the engine counts on, the kernel finds the overflow first. */
function overflowKernelStack(): number {
  sys.prlimit(0, RLIMIT_STACK, 65536n, 65536n);
  return recurse(0);
}

function allocate(): void {
  const kept: Uint8Array[] = [];
  for (;;) kept.push(new Uint8Array(100_000));
}

/** A child that is PID 1 of a namespace of its own and fails; what the parent sees is the exit code. */
function crashInChild(): number {
  const { pid } = sys.clone3({ flags: CLONE_NEWPID, exitSignal: 17 });
  if (pid === 0) throw new Error('in the child');
  const { status } = sys.wait4(pid, 0);
  return status >> 8;
}

function signalSelf(signal: number): number {
  sys.kill(sys.getpid(), signal);
  return 0;
}

/** PID 1 blocks all that it reads by signalfd; the signals of a fault stay out of that. */
function signalWhileAllAreBlocked(): number {
  const all = Array.from({ length: 64 }, (_, index) => index + 1);
  sys.sigprocmask(0, all);
  return signalSelf(11);
}

const ways: Readonly<Record<string, () => number | void>> = {
  exception: () => sys.statx(AT_FDCWD, '/nonesuch', 0).nlink,
  text: () => {
    // oxlint-disable-next-line no-throw-literal, typescript/only-throw-error
    throw 'thrown text';
  },
  recursion: () => recurse(0),
  stack: overflowKernelStack,
  memory: allocate,
  SIGSEGV: () => signalSelf(11),
  SIGBUS: () => signalSelf(7),
  SIGFPE: () => signalSelf(8),
  SIGILL: () => signalSelf(4),
  SIGABRT: () => signalSelf(6),
  blocked: signalWhileAllAreBlocked,
  exit: () => sys.exit(0),
  return: () => 0,
  child: crashInChild,
};

/** `bindings crash WAY [restart]`: ends in the way that is asked for. */
export default function main(): number {
  if (sys.argv[3] === 'restart') sys.setPanicAction(LINUX_REBOOT_CMD_RESTART);
  return ways[sys.argv[2] ?? '']?.() ?? 0;
}
