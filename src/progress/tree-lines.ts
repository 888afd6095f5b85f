// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { formatBytes, formatCount, formatSeconds } from '../amounts.ts';
import { printableLine } from '../printable.ts';
import { type StageName, stageNames } from '../reporter.ts';
import type { StageState, TaskState } from './tracker.ts';

/** What the tasks of a stage are about. */
const nouns: Readonly<Record<StageName, string>> = {
  resolve: 'image',
  packages: 'step',
  pull: 'blob',
  flatten: 'layer',
  pack: 'segment',
  write: 'file',
};

const nameWidth = Math.max(...stageNames.map((name) => name.length)) + 2;

/** Shorter ones are not worth a figure. */
const leastSeconds = 0.1;

/** A stage in one line, without its mark: "pull      2 blobs, 3 cached, 12.3 MB of 40.1 MB, 4.1 MB/s". */
export function stageText(stage: StageState, bytesPerSecond: number, nowMs: number): string {
  const isRunning = stage.running.size > 0;
  const seconds = (stage.activeMs + (isRunning ? nowMs - stage.activeSinceMs : 0)) / 1000;
  const parts = [
    ...(stage.done > 0 ? [formatCount(stage.done, nouns[stage.name])] : []),
    ...(stage.cached > 0 ? [`${stage.cached} cached`] : []),
    ...(stage.bytes > 0 ? [amount(stage.bytes, totalOf(stage))] : []),
    ...(stage.bytes > 0 && seconds >= leastSeconds ? [`${formatBytes(bytesPerSecond)}/s`] : []),
    ...(!isRunning && seconds >= leastSeconds ? [formatSeconds(seconds)] : []),
  ];
  return `${stage.name.padEnd(nameWidth)}${parts.join(', ')}`.trimEnd();
}

/** What the stage is to have done in the end, as far as that is known. */
function totalOf({ running, bytes }: StageState): number | undefined {
  let total = bytes;
  for (const task of running) {
    if (task.total === undefined) return undefined;
    total += Math.max(0, task.total - task.bytes);
  }
  return running.size === 0 ? undefined : total;
}

function amount(bytes: number, total: number | undefined): string {
  return total === undefined ? formatBytes(bytes) : `${formatBytes(bytes)} of ${formatBytes(total)}`;
}

/** A running task in one line of at most `width` columns: the label gives way, the figures do not. */
export function taskLine(task: TaskState, indent: string, width: number): string {
  const figures =
    task.total === undefined
      ? task.bytes > 0
        ? formatBytes(task.bytes)
        : ''
      : `${amount(task.bytes, task.total)} ${bar(task.bytes / Math.max(1, task.total))}`;
  const right = [printableLine(task.detail), figures].filter((part) => part !== '').join('  ');
  const room = Math.max(8, width - right.length - indent.length - 2);
  return `${indent}${shortened(printableLine(task.label), room)}${right === '' ? '' : `  ${right}`}`.slice(0, width);
}

/** At most `room` characters. */
export function shortened(text: string, room: number): string {
  return text.length > room ? `${text.slice(0, room - 1)}…` : text;
}

function bar(fraction: number): string {
  const cells = 12;
  const full = Math.round(Math.min(1, Math.max(0, fraction)) * cells);
  return '█'.repeat(full) + '░'.repeat(cells - full);
}
