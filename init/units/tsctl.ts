// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import * as sys from 'tskit:sys';
import { apiSocket, type SystemEvent, type SystemStatus, type UnitSummary } from '../contract.ts';
import { endOfHead } from '../control/http.ts';
import { describeEvent, describeStatus, describeUnits } from '../control/text.ts';
import { errnoOf } from '../files.ts';
import { AF_UNIX, SOCK_CLOEXEC, SOCK_STREAM } from '../linux.ts';

const SHUT_WR = 1;
const portion = 64 * 1024;
const newline = 10;

const usage = `usage: tsctl [--json] COMMAND

  ps             entries with state, health, restarts, uptime, memory and CPU time
  status         what runs, what ran and how it ended
  events [-f]    what happened to entries lately; with -f what happens from now on too
  inspect NAME   all that is known of an entry
  logs [-f] NAME   what it wrote; with -f what it writes from now on too
  start NAME     starts an entry that does not run
  stop NAME      stops it, and does not start it again
  restart NAME   stops it and starts it again
  kill [-s SIGNAL] NAME   sends a signal to it, SIGKILL by default
  poweroff       stops everything in order and turns the machine off
  reboot         stops everything in order and starts the machine again
  halt           stops everything in order and leaves the machine on
`;

/** What a command asks for, after "/v1/"; NAME stands for the entry's. */
const requests: ReadonlyMap<string, string> = new Map([
  ['ps', 'GET units'],
  ['status', 'GET status'],
  ['events', 'GET events'],
  ['inspect', 'GET units/NAME'],
  ['logs', 'GET units/NAME/logs'],
  ['start', 'POST units/NAME/start'],
  ['stop', 'POST units/NAME/stop'],
  ['restart', 'POST units/NAME/restart'],
  ['kill', 'POST units/NAME/kill'],
  ['poweroff', 'POST poweroff'],
  ['reboot', 'POST reboot'],
  ['halt', 'POST halt'],
]);

interface Options {
  readonly json: boolean;
  readonly follow: boolean;
  readonly signal: string | undefined;
}

/** Talks to PID 1. Exit code 0, 1 when it could not be reached or refused, 2 for wrong usage. */
export default function tsctl(): number {
  const words = sys.argv.slice(1);
  if (words.includes('--help') || words.includes('-h')) {
    print(1, usage);
    return 0;
  }
  const at = words.findIndex((word) => word === '-s' || word === '--signal');
  const signal = at < 0 ? undefined : words.splice(at, 2)[1];
  const options = words.filter((word) => word.startsWith('-'));
  const [command, ...names] = words.filter((word) => !word.startsWith('-'));
  const unknown = options.find(
    (option) => option !== '--json' && !(option === '-f' && (command === 'events' || command === 'logs')),
  );
  if (unknown !== undefined) return fail(2, `unknown option "${unknown}"`);
  if (command === undefined) return fail(2, 'expected a command');
  const request = requests.get(command);
  if (request === undefined) return fail(2, `unknown command "${command}"`);
  if (at >= 0 && (signal === undefined || command !== 'kill')) return fail(2, 'expected a signal after "kill -s"');
  const wanted = request.includes('NAME') ? 1 : 0;
  if (names.length < wanted) return fail(2, `expected the name of an entry after "${command}"`);
  if (names.length > wanted)
    return fail(
      2,
      `expected nothing after "${names[wanted - 1] ?? command}", found "${names.slice(wanted).join(' ')}"`,
    );
  const path = request.replace('NAME', encodeURIComponent(names[0] ?? ''));
  return run(command, path, { json: options.includes('--json'), follow: options.includes('-f'), signal });
}

function run(command: string, request: string, options: Options): number {
  const [method = '', path = ''] = request.split(' ');
  const query = options.follow
    ? '?follow'
    : options.signal === undefined
      ? ''
      : `?signal=${encodeURIComponent(options.signal)}`;
  try {
    return ask(`${method} /v1/${path}${query}`, showFor(command, options.json));
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    return fail(1, `asking PID 1 over ${apiSocket}: ${errno}${hints[errno] ?? ''}`);
  }
}

const hints: Readonly<Record<string, string>> = {
  ENOENT: ' (is this a container without it? bind the socket in)',
  EACCES: ' (only root may)',
  ECONNREFUSED: ' (PID 1 is not tskit)',
};

/** How the body of an answer is shown: as it comes, line by line as that comes, or as a whole. */
type Show = { readonly as: 'bytes' } | { readonly as: 'lines' | 'whole'; readonly text: (part: string) => string };

function showFor(command: string, json: boolean): Show {
  if (json || command === 'logs') return { as: 'bytes' };
  switch (command) {
    case 'events':
      return { as: 'lines', text: (line) => describeEvent(JSON.parse(line) as SystemEvent) };
    case 'ps':
      return { as: 'whole', text: (body) => describeUnits((JSON.parse(body) as { units: UnitSummary[] }).units) };
    case 'status':
      return { as: 'whole', text: (body) => describeStatus(JSON.parse(body) as SystemStatus) };
    case 'inspect':
      return { as: 'whole', text: (body) => `${JSON.stringify(JSON.parse(body), null, 2)}\n` };
    default:
      return { as: 'whole', text: () => '' };
  }
}

/** Sends one request and shows the answer. */
function ask(request: string, show: Show): number {
  const fd = sys.socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sys.connect(fd, { family: AF_UNIX, path: apiSocket });
  sys.write(fd, sys.encodeUtf8(`${request} HTTP/1.1\r\nHost: tskit\r\n\r\n`));
  // There is no other request: PID 1 closes when it has answered this one.
  sys.shutdown(fd, SHUT_WR);
  const part = new Uint8Array(portion);
  let held: Uint8Array = new Uint8Array();
  const more = (): boolean => {
    const count = sys.read(fd, part);
    held = join(held, part.subarray(0, count));
    return count > 0;
  };
  let end = -1;
  do end = endOfHead(held, held.length);
  while (end < 0 && more());
  const isGood = sys.decodeUtf8(held.subarray(0, Math.max(end, 0))).startsWith('HTTP/1.1 200 ');
  held = held.subarray(Math.max(end, 0));
  if (isGood && show.as !== 'whole') {
    do held = held.subarray(showSome(held, show));
    while (more());
    return 0;
  }
  while (more());
  const body = sys.decodeUtf8(held);
  if (isGood && show.as === 'whole') print(1, show.text(body));
  if (isGood) return 0;
  if (show.as === 'bytes') print(1, body);
  return fail(1, `PID 1: ${errorOf(body)}`);
}

/** How many bytes were shown. */
function showSome(bytes: Uint8Array, show: Show): number {
  if (show.as === 'bytes') {
    write(1, bytes);
    return bytes.length;
  }
  const end = bytes.lastIndexOf(newline) + 1;
  for (const line of sys.decodeUtf8(bytes.subarray(0, end)).split('\n')) if (line !== '') print(1, show.text(line));
  return end;
}

function errorOf(body: string): string {
  try {
    return String((JSON.parse(body) as { error: unknown }).error);
  } catch {
    return 'no answer';
  }
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
