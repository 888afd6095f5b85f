// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import * as sys from 'tskit:sys';
import { controlSocket } from '../contract.ts';
import { errnoOf } from '../files.ts';
import { AF_UNIX, SOCK_CLOEXEC, SOCK_STREAM } from '../linux.ts';
import type { ControlReply, ControlRequest } from '../supervise/control.ts';
import { describeStatus } from '../supervise/status-text.ts';

const usage = `usage: tsctl [--json] COMMAND

  status     what runs, what ran and how it ended
  poweroff   stops everything in order and turns the machine off
  reboot     stops everything in order and starts the machine again
  halt       stops everything in order and leaves the machine on
`;

const commands = ['status', 'poweroff', 'reboot', 'halt'] as const;

/** Talks to PID 1. Exit code 0, 1 when it could not be reached or refused, 2 for wrong usage. */
export default function tsctl(): number {
  const words = sys.argv.slice(1);
  const options = words.filter((word) => word.startsWith('-'));
  const [name, ...rest] = words.filter((word) => !word.startsWith('-'));
  if (options.includes('--help') || options.includes('-h')) {
    print(1, usage);
    return 0;
  }
  const command = commands.find((known) => known === name);
  const unknown = options.find((option) => option !== '--json');
  if (unknown !== undefined) return fail(2, `unknown option "${unknown}"`);
  if (name === undefined) return fail(2, 'expected a command');
  if (command === undefined) return fail(2, `unknown command "${name}"`);
  if (rest.length > 0) return fail(2, `expected nothing after "${name}", found "${rest.join(' ')}"`);
  return run(command, options.includes('--json'));
}

function run(command: ControlRequest['command'], json: boolean): number {
  let reply: ControlReply;
  try {
    reply = ask({ command });
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    return fail(1, `asking PID 1 over ${controlSocket}: ${errno}${hints[errno] ?? ''}`);
  }
  if (json) {
    print(1, `${JSON.stringify(reply.ok && 'status' in reply ? reply.status : reply)}\n`);
  } else if (reply.ok && reply.status !== undefined) {
    print(1, describeStatus(reply.status));
  }
  if (reply.ok) return 0;
  return json ? 1 : fail(1, `PID 1: ${reply.error}`);
}

const hints: Readonly<Record<string, string>> = {
  ENOENT: ' (is this a container without it? bind the socket in)',
  EACCES: ' (only root may)',
  ECONNREFUSED: ' (PID 1 is not tskit)',
};

function ask(request: ControlRequest): ControlReply {
  const fd = sys.socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  try {
    sys.connect(fd, { family: AF_UNIX, path: controlSocket });
    sys.write(fd, sys.encodeUtf8(`${JSON.stringify(request)}\n`));
    return JSON.parse(readAll(fd)) as ControlReply;
  } finally {
    sys.close(fd);
  }
}

function readAll(fd: number): string {
  const parts: number[] = [];
  const buffer = new Uint8Array(4096);
  for (let count = sys.read(fd, buffer); count > 0; count = sys.read(fd, buffer)) {
    parts.push(...buffer.subarray(0, count));
  }
  return sys.decodeUtf8(new Uint8Array(parts));
}

function fail(code: 1 | 2, message: string): number {
  print(2, `tsctl: ${message}\n${code === 2 ? usage : ''}`);
  return code;
}

function print(fd: number, text: string): void {
  sys.write(fd, sys.encodeUtf8(text));
}
