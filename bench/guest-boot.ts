// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What tskit costs in the guest: from the first line of PID 1 to the service answering, against the same kernel with busybox
// as init and the same server. The guest's clock counts instructions, so that what else the machine does changes nothing;
// plain boots after that show what it comes to in time.
//
//     node bench/guest-boot.ts [--steps]      --steps: the console lines of tskit's PID 1, with the time since its first one

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BootTimes, boot } from './guest/boot.ts';
import { composeSystems, type SystemName, titles } from './guest/systems.ts';

/** Milliseconds. */
const goal = 150;
const plainRuns = 3;
/** Each system of ours, and the one that does the same without us. */
const comparisons: readonly (readonly [SystemName, SystemName])[] = [
  ['service', 'busybox-bare'],
  ['service', 'busybox-network'],
  ['writable', 'busybox-network'],
  ['dhcp', 'busybox-dhcp'],
];

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tskit-bench-'));
  try {
    await composeSystems(folder);
    const counted = new Map<SystemName, BootTimes>();
    for (const name of titles.keys()) counted.set(name, await boot(join(folder, name), 'instructions'));
    console.log('guest time at 2 ns an instruction      exec to first line    first line to answer');
    report(counted);
    if (process.argv.includes('--steps')) for (const name of ['service', 'dhcp'] as const) showSteps(counted, name);
    const plain = await plainMedians(folder);
    console.log(`\nplain TCG, medians of ${plainRuns} boots           exec to first line    first line to answer`);
    report(plain);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Taken in turns, so that what else the machine does meets all alike. */
async function plainMedians(folder: string): Promise<Map<SystemName, BootTimes>> {
  const boots = new Map<SystemName, BootTimes[]>();
  for (let run = 0; run < plainRuns; run += 1) {
    for (const name of titles.keys()) {
      boots.set(name, [...(boots.get(name) ?? []), await boot(join(folder, name), 'host')]);
    }
  }
  return new Map([...boots].map(([name, times]) => [name, median(times)]));
}

/** The boot whose service took the median time to answer. */
function median(times: readonly BootTimes[]): BootTimes {
  const sorted = times.toSorted((a, b) => a.answering - a.firstLine - (b.answering - b.firstLine));
  return sorted[sorted.length >> 1] as BootTimes;
}

function report(times: ReadonlyMap<SystemName, BootTimes>): void {
  const milliseconds = (name: SystemName, from: 'exec' | 'firstLine', to: 'firstLine' | 'answering'): number => {
    const of = times.get(name);
    return of === undefined ? Number.NaN : (of[to] - of[from]) * 1000;
  };
  const cell = (value: number): string => `${value.toFixed(1)} ms`.padStart(20);
  for (const [name, title] of titles) {
    const cells = [milliseconds(name, 'exec', 'firstLine'), milliseconds(name, 'firstLine', 'answering')];
    console.log(`${title.padEnd(39)}${cells.map(cell).join('    ')}`);
  }
  for (const [ours, theirs] of comparisons) {
    const [own, other] = [ours, theirs].map((name) => milliseconds(name, 'firstLine', 'answering')) as [number, number];
    const overhead = `${(own - other).toFixed(1)} ms more (${(own / other).toFixed(1)}x), goal ${goal}`;
    console.log(`"${titles.get(ours)}" against "${titles.get(theirs)}": ${overhead}`);
  }
}

/** PID 1's own lines, by their stamps. */
function showSteps(times: ReadonlyMap<SystemName, BootTimes>, name: SystemName): void {
  const { console: text = '', firstLine = 0 } = times.get(name) ?? {};
  console.log(`\nsteps of "${titles.get(name)}", ms after the first line`);
  for (const [, seconds, line] of text.matchAll(/^\[ *([0-9.]+)\] (.*)$/gm)) {
    console.log(`${((Number(seconds) - firstLine) * 1000).toFixed(0).padStart(6)}  ${line}`);
  }
}

await main();
