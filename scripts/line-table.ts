// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// From source maps to the C table by which a crash names the line of TypeScript (native/trace.c).

/** The part of a source map (ECMA-426) that is read here. `sources` are relative to the map's folder. */
export interface SourceMap {
  readonly sources: readonly string[];
  readonly mappings: string;
}

/** Where a line of a bundle comes from: index into the map's sources, and the line there from 1. */
export interface Position {
  readonly source: number;
  readonly line: number;
}

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Base64 VLQ: 5 bits a digit from the lowest, the sixth bit says that more follow, the lowest bit of all is the sign. */
function decodeSegment(segment: string): number[] {
  const values: number[] = [];
  let value = 0;
  let shift = 0;
  for (const character of segment) {
    const digit = digits.indexOf(character);
    value += (digit & 31) << shift;
    shift += 5;
    if ((digit & 32) !== 0) continue;
    values.push((value & 1) === 0 ? value >> 1 : -(value >> 1));
    value = 0;
    shift = 0;
  }
  return values;
}

/** The first position of each line of the bundle; undefined for a line that the bundler made. */
export function linePositions(map: SourceMap): (Position | undefined)[] {
  let source = 0;
  let line = 0;
  return map.mappings.split(';').map((segments) => {
    let first: Position | undefined;
    for (const segment of segments.split(',')) {
      const [, sourceStep, lineStep] = decodeSegment(segment);
      if (sourceStep === undefined || lineStep === undefined) continue;
      source += sourceStep;
      line += lineStep;
      first ??= { source, line: line + 1 };
    }
    return first;
  });
}

/** One unit's lines, with files as they are to be printed. */
export interface UnitLines {
  readonly unit: string;
  readonly files: readonly string[];
  readonly positions: readonly (Position | undefined)[];
}

/** The C file that defines what native/trace.h declares. File 0 stands for none. */
export function lineTable(units: readonly UnitLines[]): string {
  const files = [...new Set(units.flatMap((unit) => unit.files))].sort();
  const numbers = new Map(files.map((file, index) => [file, index + 1]));
  const entry = (unit: UnitLines, position: Position | undefined): string => {
    const file = position === undefined ? undefined : unit.files[position.source];
    return file === undefined ? '{0, 0},' : `{${numbers.get(file)}, ${position?.line}},`;
  };
  const arrays = units.map((unit, index) => {
    const entries = unit.positions.map((position) => entry(unit, position)).join('');
    return `static const struct line_origin lines_${index}[] = {${entries}};\n`;
  });
  const rows = units.map((unit, index) => `    {"${unit.unit}", lines_${index}, ${unit.positions.length}},\n`);
  return [
    '// Made by scripts/build-init.ts.\n\n#include "trace.h"\n\n',
    `const char *const line_files[] = {"", ${files.map((file) => JSON.stringify(file)).join(', ')}};\n`,
    ...arrays,
    `const struct unit_lines unit_lines[] = {\n${rows.join('')}};\n`,
    `const size_t unit_lines_count = ${units.length};\n`,
  ].join('');
}
