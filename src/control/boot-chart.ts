// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type BootPart, partsOf } from '../../init/control/boot-path.ts';
import type { BootTimes } from '../../init/contract/status.ts';

const rowHeight = 22;
const barHeight = 12;
const margin = 16;
const headHeight = 56;
const barsWidth = 720;
/** Of a character of the labels, about. */
const characterWidth = 7;
/** Distances between lines of the axis, in seconds; there are at most ten of them. */
const steps = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

const kinds = {
  kernel: { fill: '#8c8c8c', says: 'kernel' },
  init: { fill: '#5b7083', says: 'init' },
  waiting: { fill: '#e3e6e8', says: 'waits' },
  starting: { fill: '#2f6f9f', says: 'is started' },
  working: { fill: '#e0a030', says: 'is not yet healthy, or runs once' },
  up: { fill: '#7fb889', says: 'runs' },
} as const;
type Kind = keyof typeof kinds;

/** A bar from one moment to another, in seconds since the kernel started. */
interface Bar {
  readonly kind: Kind;
  readonly from: number;
  readonly to: number;
}

interface Row {
  readonly label: string;
  readonly isCritical: boolean;
  readonly bars: readonly Bar[];
}

/** The boot as an SVG: a row for the kernel, init and each entry; those that the end of the boot hung on stand out. */
export function bootChart(times: BootTimes): string {
  const parts = partsOf(times);
  const end = times.bootedAt ?? Math.max(times.entriesAt, ...parts.map(latestOf));
  const rows: readonly Row[] = [
    { label: 'kernel', isCritical: false, bars: [{ kind: 'kernel', from: 0, to: times.initAt }] },
    { label: 'init', isCritical: false, bars: [{ kind: 'init', from: times.initAt, to: times.entriesAt }] },
    ...parts.map((part) => ({
      label: part.unit.id,
      isCritical: part.isCritical,
      bars: barsOf(part, times.entriesAt, end),
    })),
  ];
  const labelsWidth = Math.max(...rows.map(({ label }) => label.length)) * characterWidth + 2 * margin;
  const width = labelsWidth + barsWidth + 4 * margin;
  const bottom = headHeight + rows.length * rowHeight;
  const x = (seconds: number): string => (labelsWidth + (seconds / end) * barsWidth).toFixed(1);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${bottom + 3 * margin}" font-family="sans-serif" font-size="12">`,
    '<rect width="100%" height="100%" fill="#ffffff"/>',
    `<text x="${margin}" y="22" font-size="14" font-weight="bold">${times.bootedAt === undefined ? 'still booting' : `booted in ${end.toFixed(3)} s`}</text>`,
    ...axis(end, x, bottom),
    ...rows.flatMap((row, index) => rowOf(row, headHeight + index * rowHeight, x)),
    ...legend(bottom + margin),
    '</svg>',
    '',
  ].join('\n');
}

function latestOf({ unit, upAt }: BootPart): number {
  return Math.max(upAt ?? 0, unit.runningAt ?? 0, unit.endedAt ?? 0);
}

function barsOf({ unit, readyAt, upAt }: BootPart, entriesAt: number, end: number): readonly Bar[] {
  const startedAt = unit.startedAt ?? unit.endedAt ?? end;
  const runningAt = unit.runningAt ?? unit.endedAt ?? end;
  const untilUp = upAt ?? unit.endedAt ?? end;
  const gone = unit.isService ? Math.min(unit.endedAt ?? end, end) : untilUp;
  const bars: readonly Bar[] = [
    { kind: 'waiting', from: entriesAt, to: Math.max(readyAt, startedAt) },
    { kind: 'starting', from: startedAt, to: runningAt },
    { kind: 'working', from: runningAt, to: untilUp },
    { kind: 'up', from: untilUp, to: gone },
  ];
  return bars.filter(({ from, to }) => to > from);
}

function axis(end: number, x: (seconds: number) => string, bottom: number): readonly string[] {
  const step = steps.find((step) => end / step <= 10) ?? end;
  const digits = Math.max(0, Math.ceil(-Math.log10(step)));
  return Array.from({ length: Math.floor(end / step) + 1 }, (_, index) => index * step).flatMap((seconds) => [
    `<line x1="${x(seconds)}" y1="${headHeight - 6}" x2="${x(seconds)}" y2="${bottom}" stroke="#d0d4d8"/>`,
    `<text x="${x(seconds)}" y="${headHeight - 10}" text-anchor="middle" fill="#5f666d">${seconds.toFixed(digits)} s</text>`,
  ]);
}

function rowOf({ label, isCritical, bars }: Row, y: number, x: (seconds: number) => string): readonly string[] {
  const style = isCritical ? ' font-weight="bold" fill="#b3261e"' : '';
  return [
    `<text x="${margin}" y="${y + barHeight + 2}"${style}>${escapeText(label)}</text>`,
    ...bars.map(({ kind, from, to }) => {
      const title = `${label} ${kinds[kind].says}: ${(to - from).toFixed(3)} s`;
      const size = `x="${x(from)}" y="${y + 3}" width="${(Number(x(to)) - Number(x(from))).toFixed(1)}" height="${barHeight}"`;
      return `<rect ${size} fill="${kinds[kind].fill}"><title>${escapeText(title)}</title></rect>`;
    }),
  ];
}

function legend(y: number): readonly string[] {
  let left = margin;
  return [...Object.values(kinds), { fill: '#b3261e', says: 'red: the boot hung on it' }].flatMap(({ fill, says }) => {
    const at = left;
    left += says.length * characterWidth + 2 * margin;
    return [
      `<rect x="${at}" y="${y}" width="${barHeight}" height="${barHeight}" fill="${fill}"/>`,
      `<text x="${at + margin + 2}" y="${y + 11}">${says}</text>`,
    ];
  });
}

function escapeText(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
