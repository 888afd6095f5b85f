// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { BootTimes } from '../contract/status.ts';
import { type BootPart, partsOf } from './boot-path.ts';
import { table } from './text.ts';

/** The phases, a table of entries, and the chain that the end of the boot hung on. */
export function describeBoot(times: BootTimes): string {
  const { initAt, entriesAt, bootedAt } = times;
  const parts = partsOf(times);
  const entries = bootedAt === undefined ? ', entries still on their way' : `, entries ${seconds(entriesAt, bootedAt)}`;
  const path = parts.filter(({ isCritical }) => isCritical).sort((a, b) => (a.upAt ?? 0) - (b.upAt ?? 0));
  return `${[
    `kernel ${seconds(0, initAt)}, init ${seconds(initAt, entriesAt)}${entries}`,
    '',
    table([['NAME', 'READY', 'STARTING', 'THEN', 'UP AT'], ...parts.map(rowOf)]).trimEnd(),
    '',
    'critical path:',
    ...path.map(
      (part) =>
        `  ${part.unit.id}: ${seconds(part.readyAt, part.upAt)}${part.upAt === undefined ? '' : ` until ${doing(part)}`}`,
    ),
  ].join('\n')}\n`;
}

function rowOf(part: BootPart): readonly string[] {
  const { unit, readyAt, upAt } = part;
  const { startedAt, runningAt } = unit;
  if (startedAt === undefined) return [unit.id, '-', '-', unit.endedAt === undefined ? 'waits' : 'did not start', '-'];
  return [
    unit.id,
    `${readyAt.toFixed(3)} s`,
    seconds(readyAt, runningAt),
    upAt === undefined || upAt === runningAt ? '-' : `${doing(part)} ${seconds(runningAt ?? readyAt, upAt)}`,
    upAt === undefined ? '-' : `${upAt.toFixed(3)} s`,
  ];
}

/** What it was waited for to be. */
function doing({ unit, upAt }: BootPart): string {
  if (upAt === unit.endedAt) return 'ended';
  return upAt === unit.healthyAt ? 'healthy' : 'started';
}

function seconds(from: number, to: number | undefined): string {
  return to === undefined ? '-' : `${Math.max(0, to - from).toFixed(3)} s`;
}
