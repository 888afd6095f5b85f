// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import type { Ending } from '../../../../init/ending.ts';
import type { Loop } from '../../../../init/supervise/loop.ts';
import { startProgram } from '../../../../init/supervise/program.ts';
import type { Sys } from '../../../../init/sys.ts';
import { FakeSysError } from '../../../support/fake-sys.ts';

const channel = 10;
const theirs = 11;
const starter = { pid: 500, pidfd: 20 };
const program = { pid: 501, pidfd: 21 };

/** What comes over the channel: a word, a text, and descriptors. */
type Incoming = readonly [text: string, ...fds: readonly number[]];

/** PID 1's side: messages and ends come when the test says so. */
function started({ clonedPid = starter.pid } = {}) {
  const calls: string[] = [];
  const failures = new Set<string>();
  const inbox: Incoming[] = [];
  const watched = new Map<number, () => void>();
  const awaited = new Map<number, (ending: Ending) => void>();
  const sys = {
    socketpair: () => [channel, theirs],
    clone3: () => ({ pid: clonedPid, pidfd: starter.pidfd }),
    close: (fd: number) => calls.push(`close ${fd}`),
    closeRange: (from: number, to: number) => calls.push(`close ${from}-${to}`),
    setsid: () => calls.push('setsid'),
    kill: (pid: number, signal: number) => calls.push(`kill ${pid} ${signal}`),
    pidfdSendSignal: (fd: number, signal: number) => calls.push(`signal ${fd} ${signal}`),
    pidfdOpen: (pid: number) => pid * 10,
    exit: (code: number) => calls.push(`exit ${code}`),
    sendmsg: (_fd: number, bytes: Uint8Array, fds: readonly number[]) => {
      const call = [`send ${new TextDecoder().decode(bytes).trimEnd()}`, ...fds].join(' ');
      if (failures.has(call)) throw new FakeSysError('sendmsg', '', 'EPIPE');
      calls.push(call);
    },
    recvmsg: (_fd: number, buffer: Uint8Array) => {
      const [text = '', ...fds] = inbox.shift() ?? [];
      buffer.set(new TextEncoder().encode(text));
      return { length: text.length, fds };
    },
    encodeUtf8: (text: string) => new TextEncoder().encode(text),
    decodeUtf8: (bytes: Uint8Array) => new TextDecoder().decode(bytes),
  } as unknown as Sys;
  const loop = {
    watch: (fd: number, _events: number, onReady: () => void) => watched.set(fd, onReady),
    unwatch: (fd: number) => watched.delete(fd),
  } as unknown as Loop;
  const reaper = {
    await: (pid: number, onEnd: (ending: Ending) => void) => void awaited.set(pid, onEnd),
    reap: () => undefined,
  };
  const started = startProgram(
    { sys, loop, reaper, warn: (text) => calls.push(`warn ${text}`) },
    ({ onSpawned, warn }) => {
      onSpawned(program.pid);
      warn('no such rlimit');
      return { ...program, terminal: 7 };
    },
    [5, 8],
    {
      onStart: (terminal) => calls.push(`runs, terminal ${terminal}`),
      onEnd: (ending) => calls.push(`end ${JSON.stringify(ending)}`),
    },
  );
  return {
    calls,
    failures,
    inbox,
    kill: () => started.kill(),
    /** The channel is readable. */
    say: (...message: Incoming) => {
      inbox.push(message);
      watched.get(channel)?.();
    },
    readable: (fd: number) => watched.get(fd)?.(),
    end: (pid: number, ending: Ending = { code: 0 }) => awaited.get(pid)?.(ending),
    isAwaited: (pid: number) => awaited.has(pid),
  };
}

describe('a program that is started in a container', () => {
  test('is not waited for: PID 1 goes on at once, and hears when it runs and how it ends', () => {
    const { calls, say, end } = started();
    expect(calls).toEqual([`close ${theirs}`]);
    say('spawned ', program.pidfd);
    say(`running ${program.pid}`, 7);
    expect(calls.splice(0)).toEqual([`close ${theirs}`, 'send go', 'runs, terminal 7']);
    end(starter.pid);
    end(program.pid, { code: 3 });
    expect(calls).toEqual([`close ${channel}`, `close ${starter.pidfd}`, `close ${program.pidfd}`, 'end {"code":3}']);
  });

  test('is awaited before its starter may end, as a child of PID 1 it could be reaped', () => {
    const { say, isAwaited } = started();
    say('spawned ', program.pidfd);
    expect(isAwaited(program.pid)).toBe(false);
    say(`running ${program.pid}`);
    expect(isAwaited(program.pid)).toBe(true);
  });

  test('may be reaped before its starter is, when both have ended', () => {
    const { calls, say, end } = started();
    say('spawned ', program.pidfd);
    say(`running ${program.pid}`);
    calls.splice(0);
    end(program.pid);
    end(starter.pid);
    expect(calls).toEqual([`close ${program.pidfd}`, 'end {"code":0}', `close ${channel}`, `close ${starter.pidfd}`]);
  });

  test('is killed when its starter is gone before it hears that it may go', () => {
    const { calls, failures, say, end, readable } = started();
    say('spawned ', program.pidfd);
    failures.add('send go');
    say(`running ${program.pid}`, 7);
    calls.splice(0);
    end(starter.pid, { signal: 9 });
    readable(program.pidfd);
    expect(calls).toEqual([
      `close ${channel}`,
      `close ${starter.pidfd}`,
      `signal ${program.pidfd} 9`,
      `close ${program.pidfd}`,
      'end {"failure":"it was killed before it ran"}',
    ]);
  });

  test('that cannot be started has ended with the words of whoever tried', () => {
    const { calls, say, end } = started();
    say('warning no such rlimit');
    say('failed execve /no: ENOENT');
    end(starter.pid, { code: 1 });
    expect(calls.slice(1)).toEqual([
      'warn no such rlimit',
      `close ${channel}`,
      `close ${starter.pidfd}`,
      'end {"failure":"execve /no: ENOENT"}',
    ]);
  });

  test('is killed with all that was to start it, and has ended when its own process is gone too', () => {
    const { calls, say, kill, end, readable } = started();
    say('spawned ', program.pidfd);
    kill();
    kill();
    expect(calls.slice(1, 4)).toEqual([
      `signal ${program.pidfd} 9`,
      `kill ${-starter.pid} 9`,
      `signal ${starter.pidfd} 9`,
    ]);
    end(starter.pid, { signal: 9 });
    expect(calls.join()).not.toContain('end');
    readable(program.pidfd);
    expect(calls.slice(-2)).toEqual([`close ${program.pidfd}`, 'end {"failure":"it was killed before it ran"}']);
  });

  test('is not taken to run when its starter dies with the word on its lips', () => {
    const { calls, inbox, say, end, isAwaited } = started();
    say('spawned ', program.pidfd);
    inbox.push([`running ${program.pid}`, 7]);
    end(starter.pid, { signal: 9 });
    expect(isAwaited(program.pid)).toBe(false);
    expect(calls.slice(1)).toEqual([
      'close 7',
      `close ${channel}`,
      `close ${starter.pidfd}`,
      `signal ${program.pidfd} 9`,
    ]);
  });

  test('is killed when PID 1 has no descriptor left for it', () => {
    const { calls, say, end } = started();
    say('spawned ');
    say(`running ${program.pid}`, 7);
    end(starter.pid, { code: 1 });
    expect(calls.slice(1)).toEqual([
      `kill ${program.pid} 9`,
      `close ${channel}`,
      'close 7',
      `close ${starter.pidfd}`,
      'end {"failure":"too many open descriptors"}',
    ]);
  });

  test('is started by a process that keeps nothing of PID 1 open but what it needs', () => {
    const { calls } = started({ clonedPid: 0 });
    expect(calls.slice(0, 7)).toEqual([
      'setsid',
      'close 3-4',
      'close 6-7',
      'close 9-10',
      'close 12-4294967295',
      `send spawned ${program.pid * 10}`,
      'send warning no such rlimit',
    ]);
    expect(calls[7]).toBe(`send running ${program.pid} 7`);
  });
});
