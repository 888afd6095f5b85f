// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { compileGlob, type Glob, matchGlob } from './glob.ts';

/** The aliases of one line of an alias file (init/contract/module-index.ts), which all begin alike. */
export interface AliasLine {
  readonly aliases: readonly Alias[];
  /** Those of `aliases`, by index, that ask for one id anywhere ("*:PNP0C0C:*"), by that id: ACPI has dozens on one line. */
  readonly byId: ReadonlyMap<string, readonly number[]>;
  /** The other ones. */
  readonly general: readonly number[];
}

interface Alias {
  /** What follows the start of the line. */
  readonly rest: Glob;
  readonly module: string;
}

/** START TAB REST SPACE MODULE [TAB REST SPACE MODULE]...; a line that is only a start has no aliases. */
export function parseAliasLine(line: string): AliasLine {
  const aliases: Alias[] = [];
  const byId = new Map<string, number[]>();
  const general: number[] = [];
  for (const field of line.split('\t').slice(1)) {
    const space = field.lastIndexOf(' ');
    const rest = compileGlob(field.slice(0, space));
    const index = aliases.push({ rest, module: field.slice(space + 1) }) - 1;
    const id = idOf(rest);
    if (id === undefined) general.push(index);
    else byId.set(id, [...(byId.get(id) ?? []), index]);
  }
  return { aliases, byId, general };
}

/** "PNP0C0C" of "*:PNP0C0C:*". */
function idOf({ parts }: Glob): string | undefined {
  const [before, middle, after] = parts ?? [];
  if (parts?.length !== 3 || before !== '' || after !== '' || middle === undefined) return undefined;
  const isId = middle.length > 2 && middle.indexOf(':', 1) === middle.length - 1 && middle.startsWith(':');
  return isId ? middle.slice(1, -1) : undefined;
}

/** The modules of the line's aliases that match `alias` from `start` on, in the line's order. */
export function matchLine({ aliases, byId, general }: AliasLine, alias: string, start: number): string[] {
  const found = general.filter((index) => matchesAt(aliases, index, alias, start));
  if (byId.size > 0) {
    // Only what stands between two colons is an id.
    for (const id of alias.slice(start).split(':').slice(1, -1)) found.push(...(byId.get(id) ?? []));
  }
  return found.sort((a, b) => a - b).flatMap((index) => aliases[index]?.module ?? []);
}

function matchesAt(aliases: readonly Alias[], index: number, alias: string, start: number): boolean {
  const rest = aliases[index]?.rest;
  return rest !== undefined && matchGlob(rest, alias, start);
}
