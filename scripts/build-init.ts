// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Bundles the TypeScript of the target: init/main.ts and each file of init/units/ become one JavaScript module each,
// OUT/NAME.js, and so does what several of them need, which native/Makefile compiles to bytecode. OUT/units.txt names them for
// native/compile-units.c, OUT/line-table.c leads from their lines back to the sources.
//
//     node scripts/build-init.ts OUT [FOLDER]        FOLDER holds main.ts and units/; init/ by default

import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { bundle, writeTables } from './bundle-units.ts';

const root = resolve(import.meta.dirname, '..');

function unitFiles(folder: string): Record<string, string> {
  const units = readdirSync(join(folder, 'units')).filter((name) => name.endsWith('.ts'));
  const entries = units.map((name) => [basename(name, '.ts'), join(folder, 'units', name)] as const);
  return { main: join(folder, 'main.ts'), ...Object.fromEntries(entries) };
}

/** Units that make containers: most of what they hold is the same. */
const makers: ReadonlySet<string> = new Set(['pid1', 'tsrun-create', 'tsrun-exec']);

/**
 * Units of commands that containers wait for. These and what they import stay as they are in the binary; the others are
 * compressed, which makes them a third smaller and costs some 0.2 ms for 100 KB each time that one is loaded.
 */
const hot: ReadonlySet<string> = new Set([
  'main',
  'tsrun',
  'tsrun-create',
  'tsrun-exec',
  'tsrun-start',
  'tsrun-state',
  'tsrun-stop',
]);

/**
 * Units share parts within their group only: the more entries there are, the more and the smaller parts come out, and each
 * that a unit imports has to be read and linked.
 */
function groups(units: readonly string[]): readonly (readonly string[])[] {
  const isCommand = (unit: string): boolean => unit.startsWith('tsrun-') && !makers.has(unit);
  return [
    units.filter((unit) => makers.has(unit)),
    units.filter(isCommand),
    ...units.filter((unit) => !makers.has(unit) && !isCommand(unit)).map((unit) => [unit]),
  ].filter((group) => group.length > 0);
}

/** The hot units with all that they import, and so on. */
function hotUnits(imports: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const found = new Set<string>();
  const wanted = [...hot];
  for (let unit = wanted.pop(); unit !== undefined; unit = wanted.pop()) {
    if (found.has(unit)) continue;
    found.add(unit);
    wanted.push(...(imports.get(unit) ?? []));
  }
  return found;
}

async function main(): Promise<void> {
  const [out, folder = join(root, 'init')] = process.argv.slice(2);
  if (out === undefined) throw new Error('usage: build-init.ts OUT [FOLDER]');
  const outdir = resolve(out);
  rmSync(outdir, { recursive: true, force: true });
  mkdirSync(outdir, { recursive: true });
  const entryPoints = unitFiles(resolve(folder));
  const imports = new Map<string, readonly string[]>();
  for (const group of groups(Object.keys(entryPoints))) {
    const bundled = await bundle(Object.fromEntries(group.map((unit) => [unit, entryPoints[unit] ?? unit])), outdir);
    for (const [unit, imported] of bundled) imports.set(unit, imported);
  }
  writeTables(outdir, [...imports.keys()].sort(), hotUnits(imports));
}

await main();
