// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Other programs that the runtime runs to their end: hooks, and those that write id maps.

import { describeError, errnoOf } from '../files.ts';
import { AT_EMPTY_PATH, CLONE_PIDFD, SIG_SETMASK, SIGCHLD, SIGKILL } from '../linux.ts';
import type { Sys } from '../sys.ts';
import { isReadyWithin } from './patience.ts';

/** A program of the host and what it is given. */
export interface HostProgram {
  readonly path: string;
  readonly args: readonly string[];
  readonly env: readonly string[];
  /** The caller's when undefined. */
  readonly cwd?: string | undefined;
  /** What it reads from its standard input. */
  readonly input: string;
  /** How long it may run before it is killed; for ever when undefined. */
  readonly seconds?: number | undefined;
}

/**
 * Runs a program in the caller's namespaces and waits for its end. Returns how it failed and what it wrote then, "ended with
 * exit code 1 and wrote "..."", and undefined when it ended well. Input and output are files in memory: one that reads
 * nothing, or leaves a process behind that keeps its output open, can stop nobody.
 */
export function runProgram(sys: Sys, program: HostProgram): string | undefined {
  const stdin = sys.memfdCreate('input', 0);
  const output = sys.memfdCreate('output', 0);
  try {
    sys.write(stdin, sys.encodeUtf8(program.input));
    sys.lseek(stdin, 0, fromStart);
    const failure = startAndWait(sys, program, [stdin, output, output]);
    return failure === undefined ? undefined : failure + said(sys, output);
  } finally {
    sys.close(stdin);
    sys.close(output);
  }
}

/** lseek(2), SEEK_SET. */
const fromStart = 0;

type Streams = readonly [stdin: number, stdout: number, stderr: number];

/** Returns how it failed, or undefined when it ended well. */
function startAndWait(sys: Sys, program: HostProgram, streams: Streams): string | undefined {
  const { pid, pidfd } = sys.clone3({ flags: CLONE_PIDFD, exitSignal: SIGCHLD });
  if (pid === 0) return become(sys, program, streams);
  try {
    const inTime = program.seconds === undefined || isReadyWithin(sys, pidfd, program.seconds);
    if (!inTime) killSession(sys, pid, pidfd);
    const { status } = sys.wait4(pid, 0);
    return inTime ? describeEnd(status) : `was killed after ${program.seconds} seconds`;
  } finally {
    sys.close(pidfd);
  }
}

/** In the new process. Its signals are as a program expects them, and nothing of the runtime is open in it. */
function become(sys: Sys, { path, args, env, cwd }: HostProgram, streams: Streams): never {
  const last = 0xffff_ffff;
  try {
    sys.setsid();
    // Streams are beyond 2: the three are open in every process of ours.
    for (const [number, fd] of streams.entries()) sys.dup3(fd, number, 0);
    sys.closeRange(3, last, 0);
    sys.sigreset([]);
    sys.sigprocmask(SIG_SETMASK, []);
    if (cwd !== undefined) sys.chdir(cwd);
    return sys.execve(path, args, env);
  } catch (error) {
    sys.write(2, sys.encodeUtf8(describeError(error)));
  } finally {
    sys.exit(127);
  }
}

/** It leads a session, and may have started others. */
function killSession(sys: Sys, pid: number, pidfd: number): void {
  sys.pidfdSendSignal(pidfd, SIGKILL);
  try {
    sys.kill(-pid, SIGKILL);
  } catch (error) {
    // It had not come so far as to make the session.
    if (errnoOf(error) !== 'ESRCH') throw error;
  }
}

function describeEnd(status: number): string | undefined {
  const signal = status & 0x7f;
  if (signal !== 0) return `was ended by signal ${signal}`;
  const code = (status >> 8) & 0xff;
  return code === 0 ? undefined : `ended with exit code ${code}`;
}

/** The end of what it wrote, which is where the reason stands. */
function said(sys: Sys, output: number): string {
  const most = 1024;
  const { size } = sys.statx(output, '', AT_EMPTY_PATH);
  const buffer = new Uint8Array(Math.min(size, most));
  const length = sys.pread(output, buffer, size - buffer.length);
  const text = sys.decodeUtf8(buffer.subarray(0, length)).trim();
  if (text === '') return ' and wrote nothing';
  return ` and wrote ${size > most ? '(in the end) ' : ''}"${text}"`;
}
