// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { PartitionStatus } from '../contract/status.ts';
import { type Outcome, secondsOf } from './container.ts';
import type { Entry } from './entry.ts';
import type { Machine } from './machine.ts';

const shownLines = 12;
const rule = '='.repeat(72);

/** Says on the console why the boot stopped, where to look and what can be done. */
export function showHaltScreen(
  machine: Machine,
  { section, plan }: Entry,
  outcome: Outcome,
  how: 'halt' | 'emergency',
): void {
  const log = machine.logs.of(section, plan);
  const lines = log.lastLines(shownLines);
  const output =
    lines === '' ? `${log.place} (empty: it wrote nothing)` : `${log.place}, which ends with:\n\n${indent(lines)}`;
  machine.console.screen(
    [
      rule,
      `The boot stopped: ${section} entry "${plan.name}" failed, and its on_failure is "${how}".`,
      '',
      `  image   ${plan.image}`,
      `  result  ${outcome.text} after ${secondsOf(outcome).toFixed(3)} s`,
      `  log     ${output}`,
      '',
      how === 'halt'
        ? 'Nothing more is started; what runs goes on.'
        : 'Nothing more is started, and what runs is stopped.',
      'Correct the cause, build again and boot the result.',
      'The machine stays as it is: the power button turns it off, Ctrl-Alt-Del starts it again.',
      rule,
      '',
    ].join('\n'),
  );
}

/** The same for partitions, without which nothing was started. */
export function showDiskScreen(machine: Machine, failed: readonly PartitionStatus[], how: 'halt' | 'emergency'): void {
  machine.console.screen(
    [
      rule,
      `The boot stopped: the disk is not as it should be, and its on_failure is "${how}".`,
      '',
      ...failed.map(({ label, error = '' }) => `  partition ${label}: ${error}`),
      '',
      'Nothing is started. Correct the cause and start the machine again.',
      'The machine stays as it is: the power button turns it off, Ctrl-Alt-Del starts it again.',
      rule,
      '',
    ].join('\n'),
  );
}

function indent(lines: string): string {
  return lines.replace(/^/gm, '    ');
}
