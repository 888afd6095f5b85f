// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What it takes in the guest to start and keep many services: from the first line of PID 1 to all of them answering, against
// LinuxKit's way, which is containerd and runc (Debian's packages) starting the same containers one after the other in the same
// kernel; the memory of what keeps them; and how often PID 1 wakes up when nothing happens. The guest's clock counts
// instructions (bench/guest/boot.ts).
//
//     node bench/supervision.ts [COUNT...]      how many services; 1, 10 and 50 without

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootUntil } from './guest/boot.ts';
import { composePair, prepareService } from './guest/supervised-systems.ts';

const given = process.argv.slice(2).map(Number);
const counts = given.length > 0 ? given : [1, 10, 50];
const idleSeconds = 30;
const goals = { ratioAtTen: 5, mebibytes: 12, mebibytesEach: 0.3 } as const;
/** An emulated guest on a busy host takes its time for containerd. */
const limits = { tskit: { minutes: 5 }, containerd: { minutes: 30, mebibytes: 3072 } } as const;

/** One boot. Seconds from the first line on, and MiB. */
interface Figures {
  readonly count: number;
  /** The last service answers. */
  readonly up: number;
  /** PID 1 knows that it does; containerd has nothing of the kind. */
  readonly healthy?: number;
  /** containerd: what a container needs without the start of the client's program. */
  readonly upWithoutClient?: number;
  /** Resident: PID 1; or containerd and its shims. */
  readonly mebibytes: number;
  readonly wakeUps?: number;
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tskit-bench-'));
  try {
    await prepareService(folder);
    const pairs: (readonly [Figures, Figures])[] = [];
    console.log('services   system                 all answer    all healthy    resident    wake-ups in 30 s idle');
    for (const count of counts) {
      const pair = composePair(folder, count, idleSeconds);
      const own = await bootUntil(join(folder, pair.tskit), 'instructions', /wake-ups .*\n/, limits.tskit);
      const ours = tskitFigures(own, count);
      show('tskit', ours);
      const other = await bootUntil(
        join(folder, pair.containerd),
        'instructions',
        /supervision: end .*\n/,
        limits.containerd,
      );
      const theirs = containerdFigures(other, count);
      show('containerd and runc', theirs);
      pairs.push([ours, theirs]);
    }
    conclude(pairs);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function tskitFigures(text: string, count: number): Figures {
  const start = numberAfter(text, /\[ *(?=[0-9.]+\] tskit: init )/);
  return {
    count,
    up: lastUp(text, count) - start,
    healthy: Math.max(...times(text, /\[ *(?=[0-9.]+\] service on-\d+: healthy)/, count)) - start,
    mebibytes: numberAfter(text, /supervision: memory /) / 1024,
    wakeUps: numberAfter(text, /supervision: wake-ups /),
  };
}

function containerdFigures(text: string, count: number): Figures {
  const at = (mark: string): number => numberAfter(text, new RegExp(`supervision: ${mark} `));
  const up = lastUp(text, count) - at('first-line');
  const client = at('client') - at('containerd');
  return {
    count,
    up: up - client,
    upWithoutClient: up - (count + 1) * client,
    mebibytes: numberAfter(text, /supervision: memory /) / 1024,
  };
}

function lastUp(text: string, count: number): number {
  return Math.max(...times(text, /supervision: up \d+ /, count));
}

function times(text: string, mark: RegExp, count: number): readonly number[] {
  const found = [...text.matchAll(new RegExp(`${mark.source}([0-9]+\\.[0-9]+)`, 'g'))].map(([, time]) => Number(time));
  if (found.length !== count)
    throw new Error(`expected ${count} times ${String(mark)}, found ${found.length}:\n${text}`);
  return found;
}

function numberAfter(text: string, mark: RegExp): number {
  const found = new RegExp(`${mark.source}([0-9.]+)`).exec(text)?.[1];
  if (found === undefined) throw new Error(`expected ${String(mark)} on the console, found:\n${text}`);
  return Number(found);
}

function show(system: string, { count, up, healthy, mebibytes, wakeUps }: Figures): void {
  const seconds = (value?: number): string => (value === undefined ? '-' : `${value.toFixed(3)} s`).padStart(12);
  const memory = `${mebibytes.toFixed(1)} MiB`.padStart(12);
  console.log(
    `${String(count).padEnd(11)}${system.padEnd(20)}${seconds(up)}   ${seconds(healthy)}${memory}    ${wakeUps ?? '-'}`,
  );
}

function conclude(pairs: readonly (readonly [Figures, Figures])[]): void {
  for (const [ours, theirs] of pairs) {
    const healthy = ours.healthy ?? ours.up;
    const goal = ours.count === 10 ? `, goal ${goals.ratioAtTen}` : '';
    const strict = (theirs.upWithoutClient ?? 0) / healthy;
    console.log(
      `${ours.count} services: healthy ${(theirs.up / healthy).toFixed(1)} times faster${goal}; ${strict.toFixed(1)} times when the start of ctr itself does not count`,
    );
  }
  const [least, most] = [pairs[0]?.[0], pairs.at(-1)?.[0]];
  if (least === undefined || most === undefined || least === most) return;
  const each = (most.mebibytes - least.mebibytes) / (most.count - least.count);
  console.log(
    `PID 1 with ${most.count} services: ${most.mebibytes.toFixed(1)} MiB (goal ${goals.mebibytes}), ${each.toFixed(3)} MiB each (goal ${goals.mebibytesEach})`,
  );
}

await main();
