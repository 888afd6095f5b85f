// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The control API on virtio-serial ports, for whoever runs the virtual machine (docs/control-api.md).

import { controlPortPrefix } from '../contract/paths.ts';
import { errnoOf, listFolder, readTextIfPresent } from '../files.ts';
import {
  AF_UNIX,
  AT_FDCWD,
  EPOLLET,
  EPOLLHUP,
  EPOLLIN,
  EPOLLOUT,
  O_CLOEXEC,
  O_NONBLOCK,
  O_RDWR,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
} from '../linux.ts';
import { attempt } from './attempt.ts';
import type { Loop } from '../supervise/loop.ts';
import type { Sys } from '../sys.ts';

const folder = '/sys/class/virtio-ports';
const inputSize = 4096;
const outputSize = 16 * 1024;
/** Characters of a marker, its NUL and newline included. */
const longestMarker = 64;
const newline = 10;

/** What PID 1 holds of the loop. */
interface Held {
  readonly sys: Sys;
  readonly loop: Loop;
}

/** Ports of the machine that are meant for the control API. */
export interface ControlPorts {
  /** Takes those that have come, and lets go of those that have gone. */
  look(): void;
}

/** `serve` answers on a socket that it closes in the end; whoever is at the other end of a port is root. */
export function createControlPorts(held: Held, serve: (fd: number) => void): ControlPorts {
  const { sys } = held;
  const open = new Map<string, () => void>();
  return {
    look() {
      const present = new Set(listFolder(sys, folder));
      for (const [port, close] of open) {
        if (present.has(port)) continue;
        open.delete(port);
        close();
      }
      for (const port of present) {
        if (open.has(port)) continue;
        // The kernel learns the name after the port, and tells of it (uevents).
        if (readTextIfPresent(sys, `${folder}/${port}/name`)?.startsWith(controlPortPrefix) !== true) continue;
        try {
          const fd = sys.openat(AT_FDCWD, `/dev/${port}`, O_RDWR | O_NONBLOCK | O_CLOEXEC, 0);
          open.set(port, servePort(held, fd, serve));
        } catch (error) {
          // It is gone again, or a container has it (EBUSY).
          if (errnoOf(error) === undefined) throw error;
        }
      }
    },
  };
}

/**
 * One client at a time: what comes goes through a socket pair to `serve`, so that a port is a client like any other, and its
 * answer comes back as fast as the host takes it. A NUL, which no request has, begins anew: the line that it starts is sent back
 * and nothing of what was under way before. Returns what closes the port.
 */
function servePort({ sys, loop }: Held, fd: number, serve: (fd: number) => void): () => void {
  const input: Uint8Array = new Uint8Array(inputSize);
  const output: Uint8Array = new Uint8Array(outputSize);
  /** What the port has not taken yet. */
  let waiting = output.subarray(0, 0);
  /** What `serve` has not taken yet; meanwhile the port is not read. */
  let rest = input.subarray(0, 0);
  /** What has come of a marker. */
  let marker: string | undefined;
  let channel: number | undefined;
  let isWatched = false;
  let isFirst = true;
  let isDeaf = false;

  /** A hang-up is told all the time, so that nothing is watched that is not wanted. */
  function watch(): void {
    isDeaf = rest.length > 0;
    loop.rewatch(fd, EPOLLET | (isDeaf ? 0 : EPOLLIN) | (waiting.length > 0 ? EPOLLOUT : 0));
    if (channel === undefined) return;
    const wanted = (rest.length > 0 ? EPOLLOUT : 0) | (waiting.length > 0 ? 0 : EPOLLIN);
    if (isWatched && wanted === 0) loop.unwatch(channel);
    else if (isWatched) loop.rewatch(channel, wanted);
    else if (wanted !== 0) loop.watch(channel, wanted, onChannel);
    isWatched = wanted !== 0;
  }

  function end(): void {
    waiting = output.subarray(0, 0);
    rest = input.subarray(0, 0);
    if (channel === undefined) return;
    if (isWatched) loop.unwatch(channel);
    isWatched = false;
    sys.close(channel);
    channel = undefined;
  }

  function onChannel(events: number): void {
    if ((events & EPOLLOUT) !== 0) feed();
    if (channel !== undefined && (events & ~EPOLLOUT) !== 0 && waiting.length === 0) pass(channel);
    watch();
  }

  /** From `serve` to the host. */
  function pass(from: number): void {
    const count = attempt(() => sys.read(from, output));
    if (count === 'failed' || count === 0) return end();
    if (count === 'later') return;
    waiting = output.subarray(0, count);
    flush();
  }

  function flush(): void {
    while (waiting.length > 0) {
      const count = attempt(() => sys.write(fd, waiting));
      if (count === 'later') return;
      // Nobody is there (drivers/char/virtio_console.c, port_fops_write).
      if (count === 'failed' || count === 0) return end();
      waiting = waiting.subarray(count);
    }
  }

  function send(text: string): void {
    waiting = sys.encodeUtf8(text);
    flush();
  }

  /** From the host to `serve`. */
  function feed(): void {
    while (rest.length > 0) {
      const count = attempt(() => sys.write((channel ??= openChannel()), rest));
      if (count === 'later') return;
      if (count === 'failed') return end();
      rest = rest.subarray(count);
    }
  }

  function openChannel(): number {
    const [ours, theirs] = sys.socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    serve(theirs);
    return ours;
  }

  function take(bytes: Uint8Array): void {
    const at = bytes.lastIndexOf(0);
    if (at >= 0) end();
    rest = bytes;
    if (at >= 0 || marker !== undefined) {
      const line = bytes.subarray(Math.max(0, at));
      const stop = line.indexOf(newline) + 1;
      const text = sys.decodeUtf8(stop === 0 ? line : line.subarray(0, stop));
      marker = (at >= 0 ? text : `${marker ?? ''}${text}`).slice(0, longestMarker);
      rest = stop === 0 ? input.subarray(0, 0) : line.subarray(stop);
      if (stop === 0) return;
      const whole = marker;
      marker = undefined;
      send(whole);
    }
    feed();
  }

  function onEvent(events: number): void {
    const wasFirst = isFirst;
    isFirst = false;
    if ((events & EPOLLHUP) !== 0) {
      marker = undefined;
      end();
      // It comes once, unless the port is asked for something else: only so that who comes is heard.
      if (isDeaf) watch();
      return;
    }
    // Somebody was there before us: what that one waits for went with the system that it asked.
    if (wasFirst) send('\0tskit\n');
    if ((events & EPOLLIN) !== 0 && rest.length === 0) {
      const count = attempt(() => sys.read(fd, input));
      if (typeof count === 'number' && count > 0) take(input.subarray(0, count));
    }
    flush();
    // Also has the kernel tell of what is still there to be read.
    watch();
  }

  // By edges: without a client the kernel would say so all the time.
  loop.watch(fd, EPOLLET | EPOLLIN | EPOLLOUT, onEvent);
  return () => {
    end();
    loop.unwatch(fd);
    sys.close(fd);
  };
}
