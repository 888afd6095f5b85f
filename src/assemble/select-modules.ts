// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { nearestKey } from '../spec/nearest-key.ts';
import { normalise } from './modinfo.ts';
import type { ModuleChoice } from './module-choice.ts';
import type { Module } from './module-index.ts';
import type { ModuleReach } from './module-reach.ts';

/** What a list asked for and a kernel does not have. */
export interface UnknownModule {
  readonly asked: string;
  /** What was perhaps meant. */
  readonly nearest?: string;
}

/** Modules by name, and what no module answers to. */
export interface SelectedModules {
  readonly kept: ReadonlySet<string>;
  readonly unknown: readonly UnknownModule[];
}

/**
 * The modules of a choice, each with all that it depends on, softly or not. `builtin` are normalised names of what is compiled in,
 * which may be asked for and brings nothing.
 */
export function selectModules(
  modules: readonly Module[],
  builtin: readonly string[],
  choice: ModuleChoice,
): SelectedModules {
  switch (choice.kind) {
    case 'all':
      return { kept: new Set(modules.map(({ name }) => name)), unknown: [] };
    case 'none':
      return { kept: new Set(), unknown: [] };
    case 'listed': {
      const found = choice.asked.map((asked) => ({ asked, names: named(modules, asked) }));
      const unknown = found.filter(({ asked, names }) => names.length === 0 && !builtin.some(isNamed(asked)));
      const chosen = [...found.flatMap(({ names }) => names), ...neededOf(modules, choice.needed)];
      const names = [...modules.map(({ name }) => name), ...builtin];
      return {
        kept: withDependencies(modules, chosen),
        unknown: unknown.map(({ asked }) => {
          const nearest = nearestKey(normalise(asked), names);
          return nearest === undefined ? { asked } : { asked, nearest };
        }),
      };
    }
    case 'reachable': {
      const reachable = modules.filter((module) => isReachable(module, choice.reach)).map(({ name }) => name);
      return {
        kept: withDependencies(modules, [...reachable, ...neededOf(modules, choice.needed)]),
        unknown: [],
      };
    }
  }
}

function neededOf(modules: readonly Module[], needed: readonly string[]): readonly string[] {
  return needed.flatMap((each) => named(modules, each));
}

/**
 * Modules that answer to a word: their name, or one of their aliases as it is written; with wildcards all that match. A whole
 * modalias of a device names its drivers.
 */
function named(modules: readonly Module[], asked: string): readonly string[] {
  const isMeant = isNamed(asked);
  const isDevice = asked.includes(':') && !/[*?[]/.test(asked);
  const drives = (alias: string): boolean => isDevice && alias.includes(':') && globOf(normalise(alias)).test(asked);
  return modules
    .filter(({ name, aliases }) => isMeant(name) || aliases.some((alias) => isMeant(alias) || drives(alias)))
    .map(({ name }) => name);
}

function isNamed(asked: string): (name: string) => boolean {
  const pattern = globOf(normalise(asked));
  return (name) => pattern.test(normalise(name));
}

/** A pattern of fnmatch(3) with `*`, `?` and `[…]`. One that is none, such as "[z-a]", matches nothing. */
function globOf(glob: string): RegExp {
  const source = glob.replaceAll(/\[[^\]]*\]|[\\^$.|?*+()[\]{}]/g, (part) => {
    if (part === '*') return '.*';
    if (part === '?') return '.';
    return part.length > 1 ? part.replace(/^\[!/, '[^').replaceAll('\\', '\\\\') : `\\${part}`;
  });
  try {
    return new RegExp(`^${source}$`);
  } catch {
    return /(?!)/;
  }
}

function withDependencies(modules: readonly Module[], chosen: readonly string[]): ReadonlySet<string> {
  // Of two with one name the first stands, as in the index.
  const byName = new Map([...modules].reverse().map((module) => [module.name, module]));
  const kept = new Set<string>();
  const waiting = [...chosen];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const module = byName.get(name);
    if (module === undefined || kept.has(name)) continue;
    kept.add(name);
    waiting.push(...module.depends, ...module.pre, ...module.post);
  }
  return kept;
}

/**
 * Whether something in a system can have the kernel load a module for its own sake. A driver may find its device on any machine;
 * a protocol, a cipher or a program's format is loaded for any program that asks for it. What is left are modules of which the kernel
 * loads none before it has asked for a capability: file systems, device mapper and RAID for CAP_SYS_ADMIN; filters, queues,
 * tunnels and virtual links for CAP_NET_ADMIN. Where modules lie tells them apart, as long as no alias says otherwise.
 */
function isReachable({ path, aliases }: Module, { networks, nodes }: ModuleReach): boolean {
  if (aliases.some((alias) => forAnyone.test(alias))) return true;
  // A container finds none of the nodes in the system's /dev unless it is given one.
  if (nodes && aliases.some((alias) => /^(devname:|(char|block)-major-)/.test(alias))) return true;
  if (/^kernel\/(fs\/(?!binfmt)|drivers\/(md|block)\/)/.test(path)) return false;
  const isNetwork =
    /^kernel\/net\/(.*\/)?netfilter\//.test(path) ||
    /^kernel\/net\/(sched|ipv4|ipv6|bridge|8021q)\//.test(path) ||
    aliases.some((alias) => alias.startsWith('rtnl-link-'));
  return !isNetwork || networks;
}

/** Aliases by bus, and those of what the kernel loads for programs without any capability. */
const forAnyone = /^(?!devname:)[a-z0-9_-]+:|^(net-pf|crypto|can-proto|bt-proto|binfmt|tty-ldisc)-/i;
