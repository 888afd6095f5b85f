// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The chaos test by itself, with as many kills as wanted, and its counts at the end; ends with 1 when the books do not agree.
//
//     node test/chaos/run.ts [KILLS] [SEED] [MINUTES]      10,000 kills, seed 1 and 90 minutes at most without

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Machine } from '../support/machine.ts';
import { figuresOf } from './figures.ts';
import { buildChaos, memoryMiB, victims } from './machine.ts';

const [kills = 10_000, seed = 1, minutes = 90] = process.argv.slice(2).map(Number);
const consoleFile = join(tmpdir(), `tskit-chaos-${process.pid}.txt`);

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tskit-chaos-'));
  const base = await buildChaos(folder, { kills, seed, floodMiB: 200 });
  const machine = new Machine(['--mem', String(memoryMiB), base]);
  const stopTelling = tellProgress(machine);
  try {
    await machine.waitFor(/chaos: end\n/, minutes * 60_000);
    await machine.powerOff();
  } catch (error) {
    console.log(`not at its end: ${(error as Error).message.split('\n')[0] ?? ''}`);
    process.exitCode = 1;
  } finally {
    stopTelling();
    await machine[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  }
  writeFileSync(consoleFile, machine.console);
  report(machine.console);
}

/** Each line of the director and the killer, as it comes. */
function tellProgress(machine: Machine): () => void {
  let told = 0;
  const timer = setInterval(() => {
    const end = machine.console.lastIndexOf('\n') + 1;
    for (const line of machine.console.slice(told, end).split('\n')) if (line.startsWith('chaos: ')) console.log(line);
    told = end;
  }, 1000);
  return () => clearInterval(timer);
}

function report(text: string): void {
  const { ledgers, numbers, longestLine } = figuresOf(text);
  console.log(
    `\nseed ${seed}, ${victims} services; the console is in ${consoleFile}, its longest line has ${longestLine} characters`,
  );
  console.table(ledgers);
  for (const [name, number] of numbers) console.log(`${name}: ${number}`);
  if (ledgers.length < 2 || ledgers.some(({ agrees }) => !agrees)) process.exitCode = 1;
}

await main();
