// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { ContainerPlan } from '../contract.ts';
import { logPath, type Outcome, type RunningContainer, startContainer } from './container.ts';
import { lastLines } from './log.ts';
import type { Machine } from './machine.ts';

/** Entries that run one after the other. */
export interface Sequence {
  /** The one that runs now. */
  running(): RunningContainer | undefined;
  /** Starts no further entry; the one that runs is left to the caller, and its end is told to nobody. */
  cancel(): void;
}

/** How a sequence ended: all entries ran, or the one named here failed and stops what follows. */
export type SequenceEnd = 'done' | { readonly plan: ContainerPlan; readonly outcome: Outcome };

const shownLines = 5;

/**
 * Runs entries in order, each to its end; a turn of the loop lies between two. One that fails is told in a loud line; with
 * onFailure "halt" it is the last. `onEnd` is not called after a cancel.
 */
export function runSequence(
  machine: Machine,
  section: 'onboot' | 'onshutdown',
  plans: readonly ContainerPlan[],
  onEnd: (end: SequenceEnd) => void,
): Sequence {
  let running: RunningContainer | undefined;
  let cancelled = false;

  function runFrom(index: number): void {
    if (cancelled) return;
    const plan = plans[index];
    if (plan === undefined) {
      onEnd('done');
      return;
    }
    running = startContainer(machine, section, plan, (outcome) => {
      running = undefined;
      report(machine, section, plan, outcome);
      if (cancelled) return;
      if (!outcome.ok && plan.unit.onFailure === 'halt') {
        onEnd({ plan, outcome });
      } else {
        machine.loop.after(0, () => runFrom(index + 1));
      }
    });
  }

  runFrom(0);
  return {
    running: () => running,
    cancel() {
      cancelled = true;
    },
  };
}

function report(machine: Machine, section: 'onboot' | 'onshutdown', plan: ContainerPlan, outcome: Outcome): void {
  const time = `${outcome.seconds.toFixed(3)} s`;
  if (outcome.ok) {
    machine.console.line(`${section} ${plan.name}: done in ${time}`);
    return;
  }
  const log = logPath(section, plan);
  machine.console.warn(
    `${section} ${plan.name}: FAILED, ${outcome.text} after ${time} (image ${plan.image}, log ${log})`,
  );
  if (machine.echo) return;
  const lines = lastLines(machine.sys, log, shownLines);
  if (lines !== '') machine.console.screen(`${lines.replace(/^/gm, `${plan.name}: `)}\n`);
}
