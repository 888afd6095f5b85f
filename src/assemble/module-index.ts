// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { moduleBus, type ModuleRecord } from '../../init/contract/module-index.ts';
import { moduleAliasDir, moduleListName, moduleNodesName } from '../../init/contract/paths.ts';
import { type ModuleInfo, normalise } from './modinfo.ts';

/** A module of one kernel release. */
export interface Module extends ModuleInfo {
  /** Normalised. */
  readonly name: string;
  /** Relative to the release's folder: "kernel/drivers/net/virtio_net.ko". */
  readonly path: string;
}

/**
 * The index that init looks into (init/contract/module-index.ts describes the files), by path relative to the release's folder.
 * `modules` come in the order of modules.order, `builtin` are the normalised names of what is compiled in.
 */
export function moduleIndex(modules: readonly Module[], builtin: readonly string[]): ReadonlyMap<string, string> {
  const files = new Map([[moduleListName, moduleList(modules, builtin)]]);
  for (const [bus, patterns] of patternsByBus(modules)) files.set(`${moduleAliasDir}/${bus}`, aliasFile(patterns));
  return files;
}

/**
 * What depmod writes for modprobe: paths of all dependencies, the ones to load first last (modules.dep), and patterns
 * with their modules (modules.alias). For containers that bring a modprobe; of it init reads the device nodes (modules.devname) alone.
 */
export function depmodFiles(modules: readonly Module[]): ReadonlyMap<string, string> {
  const byName = nameMap(modules);
  const dependencies = modules.map((module) => {
    const paths = hardDependencies(module, byName).map((name) => byName.get(name)?.path);
    return `${module.path}:${paths
      .reverse()
      .map((path) => ` ${path}`)
      .join('')}\n`;
  });
  const aliases = modules.flatMap((module) => module.aliases.map((alias) => `alias ${alias} ${module.name}\n`));
  const soft = modules.flatMap((module) => softLine(module) ?? []);
  return new Map([
    ['modules.dep', dependencies.join('')],
    ['modules.alias', aliases.join('')],
    ['modules.softdep', soft.join('')],
    [moduleNodesName, modules.flatMap((module) => nodeLine(module) ?? []).join('')],
  ]);
}

/** The node that loads the module when it is opened: its name and its numbers are aliases (MODULE_ALIAS, "devname:"). */
function nodeLine({ name, aliases }: Module): string | undefined {
  const node = aliases.find((alias) => alias.startsWith('devname:'))?.slice('devname:'.length);
  const [, type, major, minor] =
    aliases.map((alias) => /^(char|block)-major-(\d+)-(\d+)$/.exec(alias)).find(Boolean) ?? [];
  if (node === undefined || type === undefined) return undefined;
  return `${name} ${node} ${type.charAt(0)}${major}:${minor}\n`;
}

function softLine(module: Module): string | undefined {
  const words = [
    ...(module.pre.length > 0 ? ['pre:', ...module.pre] : []),
    ...(module.post.length > 0 ? ['post:', ...module.post] : []),
  ];
  return words.length === 0 ? undefined : `softdep ${module.name} ${words.join(' ')}\n`;
}

function moduleList(modules: readonly Module[], builtin: readonly string[]): string {
  const byName = nameMap(modules);
  const records: readonly ModuleRecord[] = [
    ...builtin.filter((name) => !byName.has(name)).map((name) => ({ name, path: '', before: [], after: [] })),
    ...[...byName.values()].map((module) => ({
      name: module.name,
      path: module.path,
      before: loadFirst(module, byName),
      after: module.post.filter((name) => byName.has(name)),
    })),
  ];
  const lines = records.map(({ name, path, before, after }) =>
    [name, path, before.join(' '), after.join(' ')].join('\t'),
  );
  return sortedLines(lines);
}

/** Of two modules with one name the first stands, as the first that modules.order names. */
function nameMap(modules: readonly Module[]): ReadonlyMap<string, Module> {
  return new Map([...modules].reverse().map((module) => [module.name, module]));
}

function hardDependencies(module: Module, byName: ReadonlyMap<string, Module>): string[] {
  return closure(module, byName, ({ depends }) => depends);
}

function loadFirst(module: Module, byName: ReadonlyMap<string, Module>): string[] {
  return closure(module, byName, ({ depends, pre }) => [...depends, ...pre]);
}

/**
 * Everything below a module, each after what it needs itself. A circle (only soft ones make any) is cut where it
 * closes.
 */
function closure(
  module: Module,
  byName: ReadonlyMap<string, Module>,
  needs: (module: Module) => readonly string[],
): string[] {
  const seen = new Set([module.name]);
  const order: string[] = [];
  const visit = (name: string): void => {
    const needed = byName.get(name);
    if (needed === undefined || seen.has(name)) return;
    seen.add(name);
    needs(needed).forEach(visit);
    order.push(name);
  };
  needs(module).forEach(visit);
  return order;
}

interface Pattern {
  readonly start: string;
  readonly rest: string;
  readonly module: string;
}

function patternsByBus(modules: readonly Module[]): ReadonlyMap<string, readonly Pattern[]> {
  const byBus = new Map<string, Pattern[]>();
  for (const module of modules) {
    for (const alias of module.aliases) {
      // Nothing that a kernel reports could match an empty one, one with spaces or one with bytes beyond ASCII.
      if (!/^[\x21-\x7e]+$/.test(alias)) continue;
      const pattern = { ...splitPattern(normalise(alias)), module: module.name };
      const bus = moduleBus(alias);
      const known = byBus.get(bus);
      if (known === undefined) byBus.set(bus, [pattern]);
      else known.push(pattern);
    }
  }
  return byBus;
}

function splitPattern(alias: string): { start: string; rest: string } {
  const wildcard = alias.search(/[*?[]/);
  return wildcard === -1
    ? { start: alias, rest: '' }
    : { start: alias.slice(0, wildcard), rest: alias.slice(wildcard) };
}

function aliasFile(patterns: readonly Pattern[]): string {
  const byStart = new Map<string, Set<string>>();
  for (const { start, rest, module } of patterns) {
    const entries = byStart.get(start) ?? new Set();
    byStart.set(start, entries.add(`${rest} ${module}`));
  }
  const lengths = [...new Set([...byStart.keys()].map((start) => start.length))].sort((a, b) => a - b);
  const lines = [...byStart].map(([start, entries]) => [start, ...entries].join('\t'));
  return `${lengths.join(' ')}\n${sortedLines(lines)}`;
}

/**
 * JavaScript compares strings of ASCII as bytes; a tab sorts before all that a name can hold, so lines sort as their
 * first fields do.
 */
function sortedLines(lines: readonly string[]): string {
  return lines
    .toSorted()
    .map((line) => `${line}\n`)
    .join('');
}
