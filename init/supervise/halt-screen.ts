// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { ContainerPlan } from '../contract.ts';
import { logPath, type Outcome } from './container.ts';
import { lastLines } from './log.ts';
import type { Machine } from './machine.ts';

const shownLines = 12;
const rule = '='.repeat(72);

/** Says on the console why the boot stopped, where to look and what can be done. */
export function showHaltScreen(machine: Machine, plan: ContainerPlan, outcome: Outcome): void {
  const log = logPath('onboot', plan);
  const lines = lastLines(machine.sys, log, shownLines);
  const output = lines === '' ? `${log} (empty: it wrote nothing)` : `${log}, which ends with:\n\n${indent(lines)}`;
  machine.console.screen(
    [
      rule,
      `The boot stopped: onboot entry "${plan.name}" failed, and its on_failure is "halt".`,
      '',
      `  image   ${plan.image}`,
      `  result  ${outcome.text} after ${outcome.seconds.toFixed(3)} s`,
      `  log     ${output}`,
      '',
      'No further entry and no service was started. Correct the cause, build again and boot the result.',
      'The machine stays as it is: the power button turns it off, Ctrl-Alt-Del starts it again.',
      rule,
      '',
    ].join('\n'),
  );
}

function indent(lines: string): string {
  return lines.replace(/^/gm, '    ');
}
