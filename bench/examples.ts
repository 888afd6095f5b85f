// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Size and boot of every example, and of the smallest system against a bare kernel with busybox. Writes bench/examples.json and, with
// it, the tables of docs/examples.md. Each example is started as its own comment says, so that a wrong comment fails here; those of
// clouds meet the fake of their cloud that the tests have.
//
//     node bench/examples.ts [--cache DIR] [--runs 3] [EXAMPLE.yml...] [minimal]        all of them unless some are named

import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { exampleFiles, exampleHeader } from '../scripts/example-header.ts';
import { type ExampleFigures, examplesPage, type Figures, figuresFile, readFigures } from '../scripts/examples-page.ts';
import { cloudInQemu } from '../test/support/clouds/cloud-in-qemu.ts';
import { buildBare, buildExample, buildMinimal, minimalKernels } from './guest/example-systems.ts';
import { timedBoot } from './guest/timed-boot.ts';

const { values, positionals } = parseArgs({
  options: { cache: { type: 'string' }, runs: { type: 'string', default: '3' } },
  allowPositionals: true,
});
const minimal = 'minimal';
/** Their images are in a registry that has to be filled first; the system that comes out is the other's. */
const sameSystem: Readonly<Record<string, string>> = { 'registry.yml': 'hello.yml' };

/** What is booted: a build's files, and the words of `tskit run` beside their name. */
interface System {
  readonly base: string;
  readonly args: readonly string[];
  /** PATH in which QEMU is found; that of the bench when there is none. */
  readonly path?: string;
}
/** A key of nobody's, for clouds to give. */
const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBench bench';

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tskit-bench-'));
  try {
    const chosen = new Set(positionals.length > 0 ? positionals : [...exampleFiles(), minimal]);
    const { examples, minimal: compared } = readFigures();
    const figures = new Map(Object.entries(examples));
    const failures = new Map<string, unknown>();
    for (const file of exampleFiles()) {
      if (!chosen.has(file) || sameSystem[file] !== undefined) continue;
      try {
        figures.set(file, await example(file, join(folder, file)));
      } catch (error) {
        figures.delete(file);
        failures.set(file, error);
        console.error(`${file.padEnd(32)} failed`);
      }
      save(figures, compared);
    }
    if (chosen.has(minimal)) save(figures, await smallest(folder));
    report(failures);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Says what went wrong once the others are measured, and has the bench end with 1. */
function report(failures: ReadonlyMap<string, unknown>): void {
  for (const [file, error] of failures)
    console.error(`\n${file}: ${error instanceof Error ? error.message : String(error)}`);
  if (failures.size === 0) return;
  console.error(`\nwithout figures: ${[...failures.keys()].join(', ')}`);
  process.exitCode = 1;
}

async function example(file: string, folder: string): Promise<Figures> {
  const { name, run } = exampleHeader(file);
  mkdirSync(folder);
  buildExample(file, folder, values.cache);
  const system = { base: join(folder, name), args: withoutNetwork(run, name) };
  const cloud = name.startsWith('platform-') ? await cloudInQemu(name.slice('platform-'.length), key) : undefined;
  try {
    const [found] = await measured([[file, cloud === undefined ? system : { ...system, path: cloud.path }]]);
    return shown(file, found?.[1] as Figures);
  } finally {
    await cloud?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  }
}

function shown(name: string, figures: Figures): Figures {
  console.log(`${name.padEnd(32)} ${JSON.stringify(figures)}`);
  return figures;
}

/** The comment's `tskit run` without what it publishes, since ports of the host may be taken, and without the name. */
function withoutNetwork(run: readonly string[], name: string): readonly string[] {
  return run.filter((word, at) => word !== '--publish' && run[at - 1] !== '--publish' && word !== name);
}

/** With every kernel that there is: the one without tskit first. */
async function smallest(folder: string): Promise<ExampleFigures['minimal']> {
  const systems = minimalKernels().flatMap((kernel): [string, System][] => [
    [`busybox on \`${kernel}\``, { base: buildBare(kernel, folder, values.cache), args: [] }],
    [`minimal.yml on \`${kernel}\``, { base: buildMinimal(kernel, folder, values.cache), args: [] }],
  ]);
  const all: Record<string, Figures> = {};
  for (const [name, figures] of await measured(systems)) {
    const system = systems.find(([title]) => title === name)?.[1] as System;
    const counted = (await timedBoot([...system.args, system.base], 'instructions')).guest;
    all[name] = shown(name, { ...figures, counted });
  }
  return all;
}

/** In turns, so that what else the machine does meets all alike. */
async function measured(systems: readonly (readonly [string, System])[]): Promise<[string, Figures][]> {
  const times = new Map<string, number[]>(systems.map(([name]) => [name, []]));
  for (let run = 0; run < Number(values.runs); run += 1) {
    for (const [name, { base, args, path }] of systems) {
      times.get(name)?.push((await timedBoot([...args, base], 'host', path)).host);
    }
  }
  return systems.map(([name, { base }]) => {
    const seconds = times.get(name)?.toSorted((a, b) => a - b)[Number(values.runs) >> 1] ?? Number.NaN;
    const size = (suffix: string): number => statSync(`${base}${suffix}`).size;
    const sizes = { kernel: size('-kernel'), initrd: size('-initrd.img') };
    return [name, { ...sizes, seconds: Number(seconds.toFixed(2)), runs: Number(values.runs) }];
  });
}

/** Sorted, and without examples that are no more. */
function save(measuredNow: ReadonlyMap<string, Figures>, compared: ExampleFigures['minimal']): void {
  const known = exampleFiles().flatMap((file) => {
    const figures = measuredNow.get(sameSystem[file] ?? file);
    return figures === undefined ? [] : [[file, figures] as const];
  });
  const figures: ExampleFigures = { examples: Object.fromEntries(known), minimal: compared };
  writeFileSync(figuresFile, `${JSON.stringify(figures, null, 2)}\n`);
  writeFileSync(new URL('../docs/examples.md', import.meta.url), examplesPage(figures));
}

await main();
