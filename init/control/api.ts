// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The control API, version 1 (docs/supervision.md): what tsctl asks for.

import type { ContainerStatus, SystemEvent, UnitDetails, UnitSummary } from '../contract/status.ts';
import { uptime } from '../supervise/console.ts';
import type { Entry } from '../supervise/entry.ts';
import type { Machine } from '../supervise/machine.ts';
import type { System } from '../supervise/system.ts';
import { signalNumber } from '../signal-names.ts';
import { execInContainer } from './exec.ts';
import type { HttpAnswer } from './http.ts';
import { decode, type HttpRequest } from './http-head.ts';
import { sendLog } from './log-stream.ts';

const ok = 200;
const badRequest = 400;
const notFound = 404;
const wrongMethod = 405;
const conflict = 409;
/** Seconds in which the answer to a command that ends the machine goes out: it may have nothing to stop, and be off at once. */
const farewell = 0.1;

/** Answers one request. */
export function answerRequest(machine: Machine, system: System, request: HttpRequest, answer: HttpAnswer): void {
  const { method, path, query } = request;
  const [, version, kind = '', name, act, ...rest] = path.split('/').map(decode);
  const refuse = (status: number, error: string): void => answer.send(status, { error });
  if (version !== 'v1' || rest.length > 0) return refuse(notFound, `there is no ${path}`);
  const isRead = method === 'GET';
  if (!isRead && method !== 'POST') return refuse(wrongMethod, `expected GET or POST, found ${method}`);
  if (kind === 'units' && name !== undefined) {
    const found = find(system, name);
    if (typeof found === 'string') return refuse(notFound, found);
    return answerOfUnit(machine, system, found, `${method} ${act ?? ''}`, query, answer);
  }
  if (name !== undefined) return refuse(notFound, `there is no ${path}`);
  switch (`${method} ${kind}`) {
    case 'GET status':
      return answer.send(ok, machine.status.current());
    case 'GET units':
      return answer.send(ok, { units: system.units.list().map((entry) => summaryOf(machine, entry)) });
    case 'GET boot':
      return answer.send(ok, system.bootTimes());
    case 'GET events':
      return sendEvents(machine, query.has('follow'), answer);
    case 'POST poweroff':
    case 'POST reboot':
    case 'POST halt':
      answer.send(ok, {});
      machine.loop.after(farewell, () => system.stop(kind as 'poweroff', 'tsctl'));
      return;
    default:
      return refuse(notFound, `there is no ${method} ${path}`);
  }
}

function answerOfUnit(
  machine: Machine,
  system: System,
  entry: Entry,
  request: string,
  query: ReadonlyMap<string, string>,
  answer: HttpAnswer,
): void {
  switch (request) {
    case 'GET ':
      return answer.send(ok, detailsOf(machine, entry));
    case 'GET logs':
      if (!(Number(query.get('since') ?? 0) >= 0))
        return answer.send(badRequest, { error: `expected seconds, found "${query.get('since') ?? ''}"` });
      return sendLog(machine, entry, query, answer);
    case 'POST start':
    case 'POST stop':
    case 'POST restart':
      return system.units.ask(entry, request.slice('POST '.length) as 'start', () =>
        answer.send(ok, summaryOf(machine, entry)),
      );
    case 'POST exec': {
      if (!answer.canUpgrade) return answer.send(badRequest, { error: 'expected "Upgrade: tskit-exec"' });
      if (entry.container === undefined) return answer.send(conflict, { error: `${entry.plan.name} does not run` });
      const error = execInContainer(machine, entry.container, query, answer);
      return error === undefined ? undefined : answer.send(conflict, { error });
    }
    case 'POST kill': {
      const word = query.get('signal') ?? 'SIGKILL';
      const signal = signalNumber(word);
      if (signal === undefined) return answer.send(badRequest, { error: `expected a signal, found "${word}"` });
      if (entry.container === undefined) return answer.send(conflict, { error: `${entry.plan.name} does not run` });
      entry.container.signal(signal);
      return answer.send(ok, summaryOf(machine, entry));
    }
    default:
      return answer.send(notFound, { error: `an entry has no "${request.trim()}"` });
  }
}

/** By id, else by name, services first. */
function find({ units }: System, name: string): Entry | string {
  const byId = units.list().find(({ plan }) => plan.id === name);
  if (byId !== undefined) return byId;
  const named = units.list().filter(({ plan }) => plan.name === name);
  const found = named.find(({ section }) => section === 'services') ?? named[0];
  if (found === undefined) return `no entry is called "${name}"`;
  if (named.length === 1 || found.section === 'services') return found;
  return `several entries are called "${name}": ${named.map(({ plan }) => plan.id).join(', ')}`;
}

function summaryOf({ sys, status }: Machine, { plan, section, container }: Entry): UnitSummary {
  const known = status.of(plan) as ContainerStatus;
  if (container === undefined) return { ...known, section };
  return { ...known, section, uptime: uptime(sys) - container.startedAt, ...container.usage() };
}

function detailsOf(machine: Machine, entry: Entry): UnitDetails {
  const { plan } = entry;
  const events = machine.events.list().filter(({ id }) => id === plan.id);
  return { ...summaryOf(machine, entry), log: machine.logs.of(entry.section, plan).place, plan, events };
}

function sendEvents({ sys, events }: Machine, isFollowed: boolean, answer: HttpAnswer): void {
  const stream = answer.stream('application/jsonl');
  const send = (event: SystemEvent): void => void stream.write(sys.encodeUtf8(`${JSON.stringify(event)}\n`));
  for (const event of events.list()) send(event);
  if (isFollowed) stream.whenClosed(events.follow(send));
  else stream.end();
}
