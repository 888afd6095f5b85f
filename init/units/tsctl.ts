// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import * as sys from 'tskit:sys';
import { apiSocket } from '../contract/paths.ts';
import { errorOf, requestOf, type Show, showFor } from '../control/commands.ts';
import { stayWithProgram } from '../control/exec-client.ts';
import { createAnswerReader } from '../control/http-answer.ts';
import { describeError, errnoOf } from '../files.ts';
import { AF_UNIX, SOCK_CLOEXEC, SOCK_STREAM } from '../linux.ts';

const SHUT_WR = 1;
const portion = 64 * 1024;
const newline = 10;
const ok = 200;
const upgraded = 101;

const usage = `usage: tsctl [--json] COMMAND

  ps             entries with state, health, restarts, uptime, memory and CPU time
  status         what runs, what ran and how it ended
  events [-f]    what happened to entries lately; with -f what happens from now on too
  inspect NAME   all that is known of an entry
  logs [-f] NAME what it wrote; with -f what it writes from now on too; --since 10m: not what is older
  boot           how long the boot took, and what for
  start NAME     starts an entry that does not run
  stop NAME      stops it, and does not start it again
  restart NAME   stops it and starts it again
  kill [-s SIGNAL] NAME   sends a signal to it, SIGKILL by default
  exec [-it] NAME PROGRAM ...   runs a program in it; -i: it reads from here; -t: it has a terminal
  poweroff       stops everything in order and turns the machine off
  reboot         stops everything in order and starts the machine again
  halt           stops everything in order and leaves the machine on
`;

/** Talks to PID 1. Exit code 0, 1 when it could not be reached or refused, 2 for wrong usage. */
export default function tsctl(): number {
  const words = sys.argv.slice(1);
  if (words.includes('--help') || words.includes('-h')) {
    print(1, usage);
    return 0;
  }
  if (words[0] === 'exec') return orFail(() => exec(words.slice(1)));
  const signal = valueOf(words, '-s', '--signal');
  const since = valueOf(words, '--since');
  const options = words.filter((word) => word.startsWith('-'));
  const [command, ...names] = words.filter((word) => !word.startsWith('-'));
  const unknown = options.find((option) => option !== '--json' && option !== '-f');
  if (unknown !== undefined) return fail(2, `unknown option "${unknown}"`);
  if (command === undefined) return fail(2, 'expected a command');
  const follow = options.includes('-f');
  const request = requestOf(command, names, { follow, since, signal });
  if (typeof request === 'string') return fail(2, request);
  return orFail(() => ask(request.line, showFor(command, options.includes('--json'))));
}

function orFail(act: () => number): number {
  try {
    return act();
  } catch (error) {
    const errno = errnoOf(error);
    return fail(1, `asking PID 1 over ${apiSocket}: ${errno ?? describeError(error)}${hints[errno ?? ''] ?? ''}`);
  }
}

/** The exit code is the program's. */
function exec(words: string[]): number {
  let letters = '';
  while (/^-[it]+$/.test(words[0] ?? '')) letters += words.shift() ?? '';
  const [entry, ...args] = words;
  if (args[0] === '--') args.shift();
  if (entry === undefined || args.length === 0) return fail(2, 'expected "exec [-it] NAME PROGRAM"');
  const wish = { entry, args, hasInput: letters.includes('i'), hasTerminal: letters.includes('t') };
  let held: Uint8Array = new Uint8Array();
  const { status, exitCode } = stayWithProgram(sys, connect(), wish, (part, status) => {
    if (status === upgraded) write(1, part);
    else held = join(held, part);
  });
  if (status === upgraded) return exitCode ?? fail(1, 'PID 1 broke off its answer');
  return fail(1, `PID 1: ${errorOf(sys.decodeUtf8(held))}`);
}

function connect(): number {
  const fd = sys.socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sys.connect(fd, { family: AF_UNIX, path: apiSocket });
  return fd;
}

/** Takes an option with its value out of the words. */
function valueOf(words: string[], ...option: readonly string[]): string | undefined {
  const at = words.findIndex((word) => option.includes(word));
  return at < 0 ? undefined : (words.splice(at, 2)[1] ?? '');
}

const hints: Readonly<Record<string, string>> = {
  ENOENT: ' (is this a container without it? bind the socket in)',
  EACCES: ' (only root may)',
  ECONNREFUSED: ' (PID 1 is not tskit)',
};

/** Sends one request and shows the answer. */
function ask(request: string, show: Show): number {
  const fd = connect();
  sys.write(fd, sys.encodeUtf8(`${request} HTTP/1.1\r\nHost: tskit\r\n\r\n`));
  // There is no other request: PID 1 closes when it has answered this one.
  sys.shutdown(fd, SHUT_WR);
  const part = new Uint8Array(portion);
  let held: Uint8Array = new Uint8Array();
  const reader = createAnswerReader((body, status) => {
    if (status === ok && show.as === 'bytes') return write(1, body);
    held = join(held, body);
    if (status === ok && show.as === 'lines') held = held.subarray(showLines(held, show.text));
  });
  for (let count = 1; count > 0 && !reader.isDone; ) {
    count = sys.read(fd, part);
    reader.push(part.subarray(0, count));
  }
  if (!reader.isDone) return fail(1, 'PID 1 broke off its answer');
  const body = sys.decodeUtf8(held);
  if (reader.status !== ok) return fail(1, `PID 1: ${errorOf(body)}`);
  if (show.as === 'whole') print(1, show.text(body));
  return 0;
}

/** How many bytes were shown. */
function showLines(bytes: Uint8Array, text: (line: string) => string): number {
  const end = bytes.lastIndexOf(newline) + 1;
  for (const line of sys.decodeUtf8(bytes.subarray(0, end)).split('\n')) if (line !== '') print(1, text(line));
  return end;
}

function join(first: Uint8Array, second: Uint8Array): Uint8Array {
  const whole = new Uint8Array(first.length + second.length);
  whole.set(first);
  whole.set(second, first.length);
  return whole;
}

function fail(code: 1 | 2, message: string): number {
  print(2, `tsctl: ${message}\n${code === 2 ? usage : ''}`);
  return code;
}

function print(fd: number, text: string): void {
  write(fd, sys.encodeUtf8(text));
}

function write(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += sys.write(fd, bytes.subarray(at));
}
