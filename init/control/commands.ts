// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What tsctl and `tskit ctl` ask for, and how they show it. Imported by the host's side too: no system calls, nothing of Node.

import type { BootTimes, SystemEvent, SystemStatus, UnitSummary } from '../contract/status.ts';
import { describeBoot } from './boot-text.ts';
import { describeEvent, describeStatus, describeUnits } from './text.ts';

/** Bytes that PID 1 takes. */
const longestHead = 4096;

/** What a command asks for, after "/v1/"; NAME stands for the entry's. */
const requests: ReadonlyMap<string, string> = new Map([
  ['ps', 'GET units'],
  ['status', 'GET status'],
  ['boot', 'GET boot'],
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

/** What may be said with a command. */
export interface RequestOptions {
  readonly follow?: boolean | undefined;
  /** How long ago: "1h30m", "90s", "90". */
  readonly since?: string | undefined;
  readonly signal?: string | undefined;
}

/** The first line of the request, without the protocol. A text says why there is none. */
export function requestOf(
  command: string,
  names: readonly string[],
  options: RequestOptions,
): { readonly line: string } | string {
  const request = requests.get(command);
  if (request === undefined) return `unknown command "${command}"`;
  const takesFollow = command === 'events' || command === 'logs';
  if (options.follow === true && !takesFollow) return `expected -f with "logs" or "events", found "${command}"`;
  if (options.since !== undefined && command !== 'logs') return `expected --since with "logs", found "${command}"`;
  if (options.signal !== undefined && command !== 'kill') return `expected --signal with "kill", found "${command}"`;
  const wanted = request.includes('NAME') ? 1 : 0;
  if (names.length < wanted) return `expected the name of an entry after "${command}"`;
  if (names.length > wanted)
    return `expected nothing after "${names[wanted - 1] ?? command}", found "${names.slice(wanted).join(' ')}"`;
  const since = options.since === undefined ? undefined : secondsIn(options.since);
  if (Number.isNaN(since)) return `--since: expected a time such as "10m" or "1h30m", found "${options.since ?? ''}"`;
  const query = Object.entries({
    follow: options.follow === true ? 1 : undefined,
    since,
    signal: options.signal,
  }).flatMap(([key, value]) => (value === undefined ? [] : `${key}=${encodeURIComponent(value)}`));
  const path = request.replace(' ', ' /v1/').replace('NAME', encodeURIComponent(names[0] ?? ''));
  return { line: query.length === 0 ? path : `${path}?${query.join('&')}` };
}

/** The head of the request that runs a program in an entry's container; undefined when it is too long for one. */
export function execHead(
  name: string,
  args: readonly string[],
  terminal?: { readonly rows: number; readonly columns: number },
): string | undefined {
  const size = terminal === undefined ? '' : `&rows=${terminal.rows}&columns=${terminal.columns}`;
  const query = `args=${encodeURIComponent(JSON.stringify(args))}${size}`;
  const head = `POST /v1/units/${encodeURIComponent(name)}/exec?${query} HTTP/1.1\r\nHost: tskit\r\nConnection: Upgrade\r\nUpgrade: tskit-exec\r\n\r\n`;
  return head.length > longestHead ? undefined : head;
}

function secondsIn(text: string): number {
  const match = /^(?=.)(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s?)?$/.exec(text);
  if (match === null) return NaN;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0));
  return ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
}

/** How the body of an answer is shown: as it comes, line by line as that comes, or as a whole. */
export type Show =
  | { readonly as: 'bytes' }
  | { readonly as: 'lines' | 'whole'; readonly text: (part: string) => string };

/** What a command's answer looks like. */
export function showFor(command: string, json: boolean): Show {
  if (json || command === 'logs') return { as: 'bytes' };
  switch (command) {
    case 'events':
      return { as: 'lines', text: (line) => describeEvent(JSON.parse(line) as SystemEvent) };
    case 'ps':
      return { as: 'whole', text: (body) => describeUnits((JSON.parse(body) as { units: UnitSummary[] }).units) };
    case 'status':
      return { as: 'whole', text: (body) => describeStatus(JSON.parse(body) as SystemStatus) };
    case 'boot':
      return { as: 'whole', text: (body) => describeBoot(JSON.parse(body) as BootTimes) };
    case 'inspect':
      return { as: 'whole', text: (body) => `${JSON.stringify(JSON.parse(body), null, 2)}\n` };
    default:
      return { as: 'whole', text: () => '' };
  }
}

/** Why PID 1 did not do it. */
export function errorOf(body: string): string {
  try {
    return String((JSON.parse(body) as { error: unknown }).error);
  } catch {
    return 'no answer';
  }
}
