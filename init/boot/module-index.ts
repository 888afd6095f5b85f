// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type ModuleRecord, moduleAliasDir, moduleBus, moduleListName, modulesDir } from '../contract.ts';
import { readTextIfPresent } from '../files.ts';
import type { Sys } from '../sys.ts';
import { compileGlob, type Glob, matchGlob } from './glob.ts';

/** What the build knows of one kernel release's modules (init/contract.ts describes the files). */
export interface ModuleIndex {
  /** Folder that paths of records start from. */
  readonly folder: string;
  /** The module of that normalised name, compiled in or not; undefined when there is none. */
  find(name: string): ModuleRecord | undefined;
  /** Names of the modules that have an alias matching a modalias or a requested name, in load order. */
  matchAlias(alias: string): string[];
}

interface AliasFile {
  readonly lengths: readonly number[];
  readonly text: string;
  /** Lines that were looked at, by their start: many devices of a bus come to the same line. */
  readonly lines: Map<string, readonly Alias[]>;
}

interface Alias {
  /** What follows the start of the line. */
  readonly rest: Glob;
  readonly module: string;
}

/** Opens the index of a kernel release. undefined when the root has no modules for it. */
export function openModuleIndex(sys: Sys, release: string): ModuleIndex | undefined {
  const folder = `${modulesDir}/${release}`;
  const list = readTextIfPresent(sys, `${folder}/${moduleListName}`);
  if (list === undefined) return undefined;
  const aliasFiles = new Map<string, AliasFile | undefined>();

  function aliasFileOf(bus: string): AliasFile | undefined {
    if (!aliasFiles.has(bus)) {
      aliasFiles.set(bus, parseAliasFile(readTextIfPresent(sys, `${folder}/${moduleAliasDir}/${bus}`)));
    }
    return aliasFiles.get(bus);
  }

  return {
    folder,
    find(name) {
      const line = findLine(list, name);
      return line === undefined ? undefined : parseRecord(line);
    },
    matchAlias(alias) {
      const file = aliasFileOf(moduleBus(alias));
      return file === undefined ? [] : matchInFile(file, normalise(alias));
    },
  };
}

/** Names and aliases are compared with '-' as '_' (modprobe(8)). */
export function normalise(name: string): string {
  return name.replaceAll('-', '_');
}

function parseAliasFile(text: string | undefined): AliasFile | undefined {
  if (text === undefined) return undefined;
  const end = text.indexOf('\n');
  return { lengths: text.slice(0, end).split(' ').map(Number), text: text.slice(end + 1), lines: new Map() };
}

function parseRecord(line: string): ModuleRecord {
  const [name = '', path = '', before = '', after = ''] = line.split('\t');
  return { name, path, before: splitNames(before), after: splitNames(after) };
}

function splitNames(names: string): string[] {
  return names === '' ? [] : names.split(' ');
}

function matchInFile(file: AliasFile, alias: string): string[] {
  const found: string[] = [];
  for (const length of file.lengths) {
    if (length > alias.length) break;
    for (const { rest, module } of aliasesStarting(file, alias.slice(0, length))) {
      if (matchGlob(rest, alias, length) && !found.includes(module)) found.push(module);
    }
  }
  return found;
}

function aliasesStarting(file: AliasFile, start: string): readonly Alias[] {
  const known = file.lines.get(start);
  if (known !== undefined) return known;
  const fields = findLine(file.text, start)?.split('\t').slice(1) ?? [];
  const aliases = fields.map((field) => {
    const space = field.lastIndexOf(' ');
    return { rest: compileGlob(field.slice(0, space)), module: field.slice(space + 1) };
  });
  file.lines.set(start, aliases);
  return aliases;
}

/** The line whose first field is `key`, by binary search in the text: its lines are sorted and it is not taken apart. */
export function findLine(text: string, key: string): string | undefined {
  let low = 0;
  let high = text.length;
  while (low < high) {
    const start = text.lastIndexOf('\n', ((low + high) >> 1) - 1) + 1;
    const end = text.indexOf('\n', start);
    const line = text.slice(start, end < 0 ? text.length : end);
    const tab = line.indexOf('\t');
    const field = tab < 0 ? line : line.slice(0, tab);
    if (field === key) return line;
    if (field < key) {
      low = start + line.length + 1;
    } else {
      high = start;
    }
  }
  return undefined;
}
