// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Programs that the configuration runs at points of the container's life (config.md, POSIX-platform Hooks).

import type { Hook, Hooks } from '../contract.ts';
import { describeError, errnoOf } from '../files.ts';
import {
  AT_EMPTY_PATH,
  CLOCK_MONOTONIC,
  CLONE_PIDFD,
  EPOLL_CTL_ADD,
  EPOLLIN,
  SIG_SETMASK,
  SIGCHLD,
  SIGKILL,
} from '../linux.ts';
import { stringifyJson } from '../json.ts';
import type { Sys } from '../sys.ts';

/** What a hook reads from its standard input (runtime.md, State). */
export interface HookState {
  readonly ociVersion: string;
  readonly id: string;
  readonly status: 'creating' | 'created' | 'running' | 'stopped';
  /** As it is seen where the hook runs; absent when there is no process any more. */
  readonly pid?: number;
  readonly bundle: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface HookPlace {
  /** Environment of hooks that have none of their own; the runtime's by default. */
  readonly env?: readonly string[];
  /** Working directory; the caller's by default. */
  readonly cwd?: string;
}

/** Throws an Error when a hook has a time limit that the specification rules out. */
export function checkHooks(hooks: Hooks): void {
  for (const [name, list] of Object.entries(hooks) as readonly (readonly [string, readonly Hook[]])[])
    for (const [index, { timeout }] of list.entries())
      if (timeout !== undefined && timeout <= 0)
        throw new Error(`hooks.${name}[${index}].timeout: expected at least 1 second, found ${timeout}`);
}

/** Whether there are hooks of one of these names. */
export function hasHooks(hooks: Hooks | undefined, ...names: readonly (keyof Hooks)[]): boolean {
  return names.some((name) => (hooks?.[name] ?? []).length > 0);
}

/**
 * Runs the hooks of one name in their order, as children of the caller in the caller's namespaces. Throws an Error at the
 * first that fails, with its exit code or signal and what it wrote; those after it do not run then.
 */
export function runHooks(
  sys: Sys,
  name: keyof Hooks,
  hooks: Hooks | undefined,
  state: HookState,
  place: HookPlace = {},
): void {
  const input = hasHooks(hooks, name) ? stringifyJson(state) : '';
  for (const [index, hook] of (hooks?.[name] ?? []).entries())
    runHook(sys, `${name} hook ${index}`, hook, input, place);
}

/** Runs all poststop hooks: those that fail are warned of and keep nothing from going on (runtime.md, Lifecycle, step 13). */
export function runPoststopHooks(
  sys: Sys,
  hooks: Hooks | undefined,
  state: HookState,
  warn: (text: string) => void,
): void {
  for (const [index, hook] of (hooks?.poststop ?? []).entries()) {
    try {
      runHook(sys, `poststop hook ${index}`, hook, stringifyJson(state), { cwd: state.bundle });
    } catch (error) {
      warn(describeError(error));
    }
  }
}

/**
 * Input and output are files in memory: a hook that reads nothing, or leaves a process behind that keeps its output open,
 * can stop nobody.
 */
function runHook(sys: Sys, title: string, hook: Hook, input: string, place: HookPlace): void {
  const stdin = sys.memfdCreate('state', 0);
  const output = sys.memfdCreate('output', 0);
  try {
    sys.write(stdin, sys.encodeUtf8(input));
    sys.lseek(stdin, 0, fromStart);
    const failure = startAndWait(sys, hook, [stdin, output, output], place);
    if (failure !== undefined) throw new Error(`${title} "${hook.path}": ${failure}${said(sys, output)}`);
  } finally {
    sys.close(stdin);
    sys.close(output);
  }
}

/** lseek(2), SEEK_SET. */
const fromStart = 0;

type Streams = readonly [stdin: number, stdout: number, stderr: number];

/** Returns how the hook failed, or undefined when it ended well. */
function startAndWait(sys: Sys, hook: Hook, streams: Streams, place: HookPlace): string | undefined {
  const { pid, pidfd } = sys.clone3({ flags: CLONE_PIDFD, exitSignal: SIGCHLD });
  if (pid === 0) return becomeHook(sys, hook, streams, place);
  try {
    const inTime = hook.timeout === undefined || endsWithin(sys, pidfd, hook.timeout);
    if (!inTime) killSession(sys, pid, pidfd);
    const { status } = sys.wait4(pid, 0);
    return inTime ? describeEnd(status) : `ran longer than ${hook.timeout} seconds and was killed`;
  } finally {
    sys.close(pidfd);
  }
}

/** In the hook's process. Its signals are as a program expects them, and nothing of the runtime is open in it. */
function becomeHook(sys: Sys, hook: Hook, streams: Streams, { env, cwd }: HookPlace): never {
  const last = 0xffff_ffff;
  try {
    sys.setsid();
    // Streams are beyond 2: the three are open in every process of ours.
    for (const [number, fd] of streams.entries()) sys.dup3(fd, number, 0);
    sys.closeRange(3, last, 0);
    sys.sigreset([]);
    sys.sigprocmask(SIG_SETMASK, []);
    if (cwd !== undefined) sys.chdir(cwd);
    return sys.execve(hook.path, hook.args ?? [hook.path], hook.env ?? env ?? sys.environ());
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

/** epoll takes milliseconds as an int; a day is well within. */
const longestWait = 86_400_000;

function endsWithin(sys: Sys, pidfd: number, seconds: number): boolean {
  const nanoseconds = 1e9;
  const deadline = sys.clockGettime(CLOCK_MONOTONIC) + seconds * nanoseconds;
  const events = sys.epollCreate();
  try {
    sys.epollCtl(events, EPOLL_CTL_ADD, pidfd, EPOLLIN);
    for (;;) {
      const left = deadline - sys.clockGettime(CLOCK_MONOTONIC);
      if (left <= 0) return false;
      if (sys.epollWait(events, Math.min(Math.ceil(left / 1e6), longestWait)).length > 0) return true;
    }
  } finally {
    sys.close(events);
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
