// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Bundles the TypeScript of the target: init/main.ts and each file of init/units/ become one JavaScript module each,
// OUT/NAME.js, and so does what several of them need, which native/Makefile compiles to bytecode. OUT/line-table.c leads from its lines back to the sources.
//
//     node scripts/build-init.ts OUT [FOLDER]        FOLDER holds main.ts and units/; init/ by default

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { build } from 'esbuild';
import { linePositions, lineTable, type SourceMap, type UnitLines } from './line-table.ts';

const root = resolve(import.meta.dirname, '..');

function unitFiles(folder: string): Record<string, string> {
  const units = readdirSync(join(folder, 'units')).filter((name) => name.endsWith('.ts'));
  const entries = units.map((name) => [basename(name, '.ts'), join(folder, 'units', name)] as const);
  return { main: join(folder, 'main.ts'), ...Object.fromEntries(entries) };
}

/** Units that make containers: most of what they hold is the same. */
const makers: ReadonlySet<string> = new Set(['pid1', 'tsrun-create', 'tsrun-exec']);

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

async function bundle(entryPoints: Record<string, string>, outdir: string): Promise<void> {
  await build({
    entryPoints,
    outdir,
    absWorkingDir: root,
    bundle: true,
    // What several units need is a unit of its own: it is in the binary once, and read by those that need it.
    splitting: true,
    chunkNames: 'shared-[hash]',
    external: ['tskit:sys'],
    format: 'esm',
    platform: 'neutral',
    target: 'es2023',
    supported: { 'top-level-await': false },
    // Inlines constants and drops what no unit reaches; names and lines stay readable in stack traces.
    minifySyntax: true,
    charset: 'utf8',
    legalComments: 'none',
    sourcemap: 'external',
    logLevel: 'warning',
  });
}

function unitLines(unit: string, outdir: string): UnitLines {
  const map = JSON.parse(readFileSync(join(outdir, `${unit}.js.map`), 'utf8')) as SourceMap;
  const files = map.sources.map((source) => relative(root, resolve(outdir, source)));
  return { unit, files, positions: linePositions(map) };
}

async function main(): Promise<void> {
  const [out, folder = join(root, 'init')] = process.argv.slice(2);
  if (out === undefined) throw new Error('usage: build-init.ts OUT [FOLDER]');
  const outdir = resolve(out);
  rmSync(outdir, { recursive: true, force: true });
  mkdirSync(outdir, { recursive: true });
  const entryPoints = unitFiles(resolve(folder));
  for (const group of groups(Object.keys(entryPoints)))
    await bundle(Object.fromEntries(group.map((unit) => [unit, entryPoints[unit] ?? unit])), outdir);
  const units = readdirSync(outdir).filter((name) => name.endsWith('.js'));
  const lines = units.sort().map((name) => unitLines(basename(name, '.js'), outdir));
  writeFileSync(join(outdir, 'line-table.c'), lineTable(lines));
}

await main();
