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

// One byte a line of the bundle (native/trace.h): 0 is no origin, `jump` says that file and line follow with two bytes each,
// anything else is the step from the line before in the same file, plus `still`.
const jump = 255;
const still = 64;

function encodeLines(unit: UnitLines, numbers: ReadonlyMap<string, number>): readonly number[] {
  let [lastFile, lastLine] = [0, 0];
  return unit.positions.flatMap((position) => {
    const name = position === undefined ? undefined : unit.files[position.source];
    if (position === undefined || name === undefined) return [0];
    const { line } = position;
    const file = numbers.get(name) ?? 0;
    const step = line - lastLine + still;
    const isNear = file === lastFile && step > 0 && step < jump;
    [lastFile, lastLine] = [file, line];
    return isNear ? [step] : [jump, file & 255, file >> 8, line & 255, line >> 8];
  });
}

/** The C file that defines what native/trace.h declares. */
export function lineTable(units: readonly UnitLines[]): string {
  const files = [...new Set(units.flatMap((unit) => unit.files))].sort();
  const numbers = new Map(files.map((file, index) => [file, index + 1]));
  const lines = units.map((unit) => encodeLines(unit, numbers));
  const arrays = lines.map((bytes, index) => `static const uint8_t lines_${index}[] = {${bytes.join(',')}};\n`);
  const rows = units.map((unit, index) => `    {"${unit.unit}", lines_${index}, ${lines[index]?.length}},\n`);
  return [
    '// Made by scripts/build-init.ts.\n\n#include "trace.h"\n\n',
    `const char *const line_files[] = {"", ${files.map((file) => JSON.stringify(file)).join(', ')}};\n`,
    ...arrays,
    `const struct unit_lines unit_lines[] = {\n${rows.join('')}};\n`,
    `const size_t unit_lines_count = ${units.length};\n`,
  ].join('');
}
