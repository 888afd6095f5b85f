// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { transform } from 'esbuild';
import { expect, it } from 'vitest';
import { linePositions, lineTable, type SourceMap } from '../../../scripts/line-table.ts';

it('leads each line of the bundle to the line of TypeScript it comes from', async () => {
  const padding = '\n'.repeat(1000);
  const source = `interface Gone {\n  a: 1;\n}\nexport const one = 1;${padding}export function far(): never {\n  throw one;\n}\n`;
  const { code, map } = await transform(source, { loader: 'ts', sourcemap: true, sourcefile: 'a.ts' });
  const positions = linePositions(JSON.parse(map) as SourceMap);
  const originOf = (text: string): number | undefined =>
    positions[code.split('\n').findIndex((line) => line.includes(text))]?.line;
  const lineOf = (text: string): number => source.split('\n').findIndex((line) => line.includes(text)) + 1;
  for (const text of ['const one', 'function far', 'throw one']) expect(originOf(text)).toBe(lineOf(text));
});

it('reads steps back and forth, several sources, and lines without origin', () => {
  const mappings = 'AAAA,CAAC;;ACgCA;ADhCE,gBAAA';
  expect(linePositions({ sources: ['a.ts', 'b.ts'], mappings })).toEqual([
    { source: 0, line: 1 },
    undefined,
    { source: 1, line: 33 },
    { source: 0, line: 1 },
  ]);
});

it('numbers files from 1 across units, and packs each line as a step, a jump or no origin', () => {
  const at = (source: number, ...lines: readonly number[]) => lines.map((line) => ({ source, line }));
  const table = lineTable([
    { unit: 'main', files: ['z.ts'], positions: [undefined, ...at(0, 7, 8, 6, 600)] },
    { unit: 'other', files: ['a.ts', 'z.ts'], positions: [...at(1, 9), ...at(0, 10), undefined, ...at(0, 11)] },
  ]);
  expect(table).toContain('line_files[] = {"", "a.ts", "z.ts"};');
  expect(table).toContain('lines_0[] = {0,255,2,0,7,0,65,62,255,2,0,88,2};');
  expect(table).toContain('lines_1[] = {255,2,0,9,0,255,1,0,10,0,0,65};');
  expect(table).toContain('{"other", lines_1, 12},');
});
