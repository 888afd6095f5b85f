// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What the console and the events say of an entry: one line for each thing that happens to it.

import type { SystemEvent } from '../contract/status.ts';
import { secondsOf } from './container.ts';
import { type Entry, titleOf } from './entry.ts';
import type { Machine } from './machine.ts';
import type { Unit, UnitAct, UnitEvent } from './unit.ts';

const shownLines = 5;

/** One line. */
interface Report {
  readonly kind: SystemEvent['kind'];
  readonly text: string;
  readonly isWarning?: boolean;
  /** A line of the events only. */
  readonly isQuiet?: boolean;
}

/** Says that it runs. */
export function reportStart(machine: Machine, entry: Entry, seconds: number): void {
  const again = entry.unit.starts > 1 ? ' again' : '';
  const text = `started${again} in ${seconds.toFixed(3)} s, pid ${entry.container?.pid ?? '?'}`;
  tell(machine, entry, { kind: 'started', text, isQuiet: entry.section !== 'services' });
}

/** Says what `event` did to the entry, which was `before`; `detail` is why a health check failed. */
export function report(
  machine: Machine,
  entry: Entry,
  event: UnitEvent,
  before: Unit,
  acts: readonly UnitAct[],
  detail = '',
): void {
  const line = describe(machine, entry, event, before, acts, detail);
  if (line === undefined) return;
  tell(machine, entry, line);
  if (event.kind !== 'ended') return;
  if (!entry.plan.unit.isService && line.isWarning === true) showOutput(machine, entry);
  if (acts.some((act) => act.do === 'give up'))
    tell(machine, entry, { kind: 'gave up', text: `GIVEN UP after ${restartsOf(before)}`, isWarning: true });
}

function tell({ console, events }: Machine, entry: Entry, { kind, text, isWarning, isQuiet }: Report): void {
  events.add(entry.plan.id, kind, text);
  if (isQuiet === true) return;
  const line = `${titleOf(entry)}${kind === 'skipped' ? ' ' : ': '}${text}`;
  if (isWarning === true) console.warn(line);
  else console.line(line);
}

function describe(
  machine: Machine,
  entry: Entry,
  event: UnitEvent,
  before: Unit,
  acts: readonly UnitAct[],
  detail: string,
): Report | undefined {
  const { unit, plan, why } = entry;
  switch (event.kind) {
    case 'skip':
      return { kind: 'skipped', text: `is not started: ${why ?? ''}`, isWarning: true };
    case 'ended':
      return describeEnd(machine, entry, before, acts);
    case 'healthy':
      return { kind: 'healthy', text: before.health === 'unhealthy' ? 'healthy again' : 'healthy' };
    case 'unhealthy': {
      const then = unit.phase === 'stopping' ? ', restarted' : acts.length > 0 ? ', the machine is rebooted' : '';
      return { kind: 'unhealthy', text: `UNHEALTHY, ${detail}${then}`, isWarning: true };
    }
    case 'timer':
      if (before.phase === 'running')
        return { kind: 'stopping', text: `not done after ${plan.unit.timeout ?? 0} s, stopped`, isWarning: true };
      if (before.phase !== 'stopping' || unit.kills !== 1) return undefined;
      return { kind: 'killed', text: `still running after ${plan.unit.stopGrace} s, killed`, isWarning: true };
    case 'stop':
    case 'restart':
      return unit.phase === 'stopping' && before.phase === 'running'
        ? { kind: 'stopping', text: event.kind === 'stop' ? 'to be stopped' : 'to be restarted', isQuiet: true }
        : undefined;
    default:
      return undefined;
  }
}

function describeEnd(
  { logs }: Machine,
  { last, unit, plan, section }: Entry,
  before: Unit,
  acts: readonly UnitAct[],
): Report | undefined {
  if (last === undefined) return undefined;
  const kind = last.ran ? 'ended' : 'failed';
  const time = `${secondsOf(last).toFixed(3)} s`;
  const text = `${last.ok ? 'exit code 0' : last.text} after ${time}`;
  const where = ` (image ${plan.image}, log ${logs.of(section, plan).place})`;
  // One that somebody stops may well be killed by the signal.
  if (before.afterStop === 'stop' || before.afterStop === 'restart') return { kind, text: `stopped, ${text}` };
  if (!plan.unit.isService)
    return unit.result === 'done'
      ? { kind, text: `done in ${time}` }
      : { kind, text: `FAILED, ${text}${where}`, isWarning: true };
  const timer = acts.find((act) => act.do === 'timer');
  const next = timer === undefined ? '' : `, restart in ${Number(timer.seconds.toFixed(3))} s`;
  const isWarning = !last.ok && unit.isLast !== true;
  return { kind, text: `${last.ok ? 'ended with ' : ''}${text}${next}${isWarning ? where : ''}`, isWarning };
}

function restartsOf({ failures }: Unit): string {
  return failures === 1 ? '1 restart' : `${failures} restarts in a row`;
}

function showOutput(machine: Machine, { section, plan }: Entry): void {
  if (machine.echo) return;
  const lines = machine.logs.of(section, plan).lastLines(shownLines);
  if (lines !== '') machine.console.screen(`${lines.replace(/^/gm, `${plan.name}: `)}\n`);
}
