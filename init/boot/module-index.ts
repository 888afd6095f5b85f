// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type ModuleRecord, moduleBus } from '../contract/module-index.ts';
import { moduleAliasDir, moduleListName, modulesDir } from '../contract/paths.ts';
import { readBytesIfPresent } from '../files.ts';
import type { Sys } from '../sys.ts';
import { type AliasLine, matchLine, parseAliasLine } from './alias-line.ts';
import { type Lines, openLines } from './sorted-lines.ts';

/** What the build knows of one kernel release's modules (init/contract/module-index.ts describes the files). */
export interface ModuleIndex {
  /** Folder that paths of records start from. */
  readonly folder: string;
  /** The module of that normalised name, compiled in or not; undefined when there is none. */
  find(name: string): ModuleRecord | undefined;
  /** Names of the modules that have an alias matching a modalias or a requested name, in load order. */
  matchAlias(alias: string): string[];
}

const newline = 10;

interface AliasFile {
  readonly lengths: readonly number[];
  readonly lines: Lines;
  /** Lines that were looked at, by their start: many devices of a bus come to the same line. */
  readonly known: Map<string, AliasLine>;
}

/** Opens the index of a kernel release. undefined when the root has no modules for it. */
export function openModuleIndex(sys: Sys, release: string): ModuleIndex | undefined {
  const folder = `${modulesDir}/${release}`;
  const list = readBytesIfPresent(sys, `${folder}/${moduleListName}`);
  if (list === undefined) return undefined;
  const records = openLines(sys, list);
  const aliasFiles = new Map<string, AliasFile | undefined>();

  function aliasFileOf(bus: string): AliasFile | undefined {
    if (!aliasFiles.has(bus)) {
      aliasFiles.set(bus, openAliasFile(sys, `${folder}/${moduleAliasDir}/${bus}`));
    }
    return aliasFiles.get(bus);
  }

  return {
    folder,
    find(name) {
      const line = records.find(name);
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

function openAliasFile(sys: Sys, path: string): AliasFile | undefined {
  const bytes = readBytesIfPresent(sys, path);
  if (bytes === undefined) return undefined;
  const end = bytes.indexOf(newline);
  const lengths = sys.decodeUtf8(bytes.subarray(0, end)).split(' ').map(Number);
  return { lengths, lines: openLines(sys, bytes.subarray(end + 1)), known: new Map() };
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
    for (const module of matchLine(lineOf(file, alias.slice(0, length)), alias, length)) {
      if (!found.includes(module)) found.push(module);
    }
  }
  return found;
}

function lineOf(file: AliasFile, start: string): AliasLine {
  const known = file.known.get(start);
  if (known !== undefined) return known;
  const line = parseAliasLine(file.lines.find(start) ?? start);
  file.known.set(start, line);
  return line;
}
