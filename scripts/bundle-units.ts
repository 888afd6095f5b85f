// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { build } from 'esbuild';
import { linePositions, lineTable, type SourceMap, type UnitLines } from './line-table.ts';

const root = resolve(import.meta.dirname, '..');

/**
 * Bundles TypeScript of the target, OUTDIR/NAME.js for each entry point, and one more for each part that several of them need.
 *
 * @returns for each bundle written, by name, those that it imports
 */
export async function bundle(
  entryPoints: Readonly<Record<string, string>>,
  outdir: string,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const { metafile, outputFiles } = await build({
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
    metafile: true,
    write: false,
    logLevel: 'warning',
  });
  for (const { path, contents } of outputFiles) writeChanged(path, contents);
  const bundles = Object.entries(metafile.outputs).filter(([file]) => file.endsWith('.js'));
  return new Map(
    bundles.map(([file, { imports }]) => {
      const inside = imports.filter(({ external }) => external !== true);
      return [basename(file, '.js'), inside.map(({ path }) => basename(path, '.js'))];
    }),
  );
}

/** A file that stays as it was keeps its time, so that make rebuilds nothing from it. */
function writeChanged(path: string, contents: Uint8Array | string): void {
  if (existsSync(path) && readFileSync(path).equals(Buffer.from(contents))) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, contents);
}

/** Writes what native/compile-units.c is to compile (units.txt; those in `plain` are not compressed) and the lines' way back to the sources. */
export function writeTables(outdir: string, units: readonly string[], plain: ReadonlySet<string>): void {
  const list = units.map((unit) => `${unit}${plain.has(unit) ? '=' : ':'}${join(outdir, unit)}.js\n`);
  writeChanged(join(outdir, 'units.txt'), list.join(''));
  writeChanged(join(outdir, 'line-table.c'), lineTable(units.map((unit) => unitLines(unit, outdir))));
}

function unitLines(unit: string, outdir: string): UnitLines {
  const map = JSON.parse(readFileSync(join(outdir, `${unit}.js.map`), 'utf8')) as SourceMap;
  const files = map.sources.map((source) => relative(root, resolve(outdir, source)));
  return { unit, files, positions: linePositions(map) };
}
