// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { errnoOf } from '../files.ts';
import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from '../linux.ts';
import type { Sys } from '../sys.ts';
import type { HttpAnswer } from './http.ts';

const portion = 64 * 1024;

/** Sends a log with what was before it, as fast as the client takes it. */
export function sendLog(sys: Sys, path: string, answer: HttpAnswer): void {
  const files = [`${path}.1`, path].flatMap((file) => open(sys, file));
  const stream = answer.stream('text/plain; charset=utf-8');
  const close = (): void => {
    for (const fd of files.splice(0)) sys.close(fd);
  };
  stream.onClosed = close;
  stream.onDrained = send;

  function send(): void {
    for (;;) {
      const [fd] = files;
      if (fd === undefined) return stream.end();
      const buffer = new Uint8Array(portion);
      const count = sys.read(fd, buffer);
      if (count === 0) sys.close(files.shift() ?? fd);
      else if (!stream.write(buffer.subarray(0, count))) return;
    }
  }

  send();
}

function open(sys: Sys, path: string): number[] {
  try {
    return [sys.openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0)];
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return [];
  }
}
