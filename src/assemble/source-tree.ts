// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { lstatSync, readdirSync, readlinkSync, type Stats } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { TskitError } from '../errors.ts';
import { type Bytes, bytesOf, textOf } from '../file-tree.ts';
import { join, parentOf } from '../inodes.ts';
import { throwIfInterrupted } from '../oci/interruption.ts';
import { componentPattern, exclusion, hasWildcard, plainPath } from './path-pattern.ts';

/** What was found below a folder of the build machine. */
export interface TreeEntry {
  /** From the folder; '' is the folder itself. */
  readonly path: Bytes;
  readonly kind: 'file' | 'directory' | 'symlink';
  /** Of a file: whether its owner may execute it, all that counts of its mode. */
  readonly executable: boolean;
  /** Of a link. */
  readonly target?: Bytes;
}

/** More is a mistake: the wrong folder, or one that something fills. */
const mostEntries = 100_000;
const mostLevels = 100;

/**
 * Everything in a folder, itself included, in bytewise order. Links are entries and never followed, so that nothing
 * outside is reached and nothing loops. Throws Node's error when something cannot be read, `spec` for what no image can hold.
 */
export async function readTree(
  folder: string,
  exclude: readonly string[],
  signal: AbortSignal,
): Promise<readonly TreeEntry[]> {
  const walk = new Walk(folder, exclude, signal);
  walk.add('' as Bytes, 'directory');
  await walk.below('' as Bytes);
  return walk.sorted();
}

/** A glob: the folder that it starts from, and the components that have wildcards in or before them. */
export interface Glob {
  readonly folder: string;
  readonly components: readonly string[];
}

/** A path with wildcards in two parts. */
export function globOf(path: string): Glob {
  const components = path.replace(/\/+$/, '').split('/');
  const found = components.findIndex(hasWildcard);
  const first = found === -1 ? components.length - 1 : found;
  return { folder: plainPath(components.slice(0, first).join('/')) || '/', components: components.slice(first) };
}

/**
 * Everything that a glob matches, in bytewise order, by its path below the glob's folder and with the folders on the way. `**`
 * stands for any number of folders. A folder that matches comes with all that is in it.
 */
export async function readGlob(
  glob: Glob,
  exclude: readonly string[],
  signal: AbortSignal,
): Promise<readonly TreeEntry[]> {
  const walk = new Walk(glob.folder, exclude, signal);
  await walk.match('' as Bytes, glob.components);
  return walk.sorted();
}

/** An entry of a folder that is not excluded. */
interface Listed {
  readonly path: Bytes;
  readonly name: string;
  readonly stats: Stats;
}

class Walk {
  readonly #folder: string;
  readonly #signal: AbortSignal;
  readonly #excluded: (path: string, isFolder: boolean) => boolean;
  readonly #entries = new Map<Bytes, TreeEntry>();
  readonly #lists = new Map<Bytes, Promise<readonly Listed[]>>();
  /** What was done below which folder: a glob with several `**` leads to one folder in many ways. */
  readonly #done = new Set<string>();
  #seen = 0;

  constructor(folder: string, exclude: readonly string[], signal: AbortSignal) {
    this.#folder = folder;
    this.#signal = signal;
    this.#excluded = exclusion(exclude);
  }

  sorted(): readonly TreeEntry[] {
    return [...this.#entries.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  add(path: Bytes, kind: TreeEntry['kind'], executable = false, target?: Bytes): void {
    if (!this.#entries.has(path))
      this.#entries.set(path, { path, kind, executable, ...(target !== undefined && { target }) });
  }

  /** Adds all entries below a folder. */
  async below(folder: Bytes): Promise<void> {
    if (!this.#first(folder, 0)) return;
    for (const { path, stats } of await this.#list(folder)) await this.#take(path, stats);
  }

  /** Adds what the components match below a folder. */
  async match(folder: Bytes, components: readonly string[]): Promise<void> {
    const [component, ...rest] = components;
    if (component === undefined || !this.#first(folder, components.length)) return;
    const any = component === '**';
    if (any && rest.length > 0) await this.match(folder, rest);
    const pattern = componentPattern(component);
    for (const { path, stats, name } of await this.#list(folder)) {
      if (!any && !pattern.test(name)) continue;
      if (rest.length === 0) await this.#takeMatch(path, stats);
      else if (stats.isDirectory()) await this.match(path, any ? components : rest);
    }
  }

  #first(folder: Bytes, components: number): boolean {
    const key = `${components} ${folder}`;
    return !this.#done.has(key) && this.#done.add(key) !== undefined;
  }

  async #takeMatch(path: Bytes, stats: Stats): Promise<void> {
    for (let parent = parentOf(path); parent !== ''; parent = parentOf(parent)) this.add(parent, 'directory');
    await this.#take(path, stats);
  }

  async #take(path: Bytes, stats: Stats): Promise<void> {
    if (stats.isDirectory()) {
      this.add(path, 'directory');
      await this.below(path);
    } else if (stats.isSymbolicLink()) {
      const target = readlinkSync(hostPath(this.#folder, path), 'buffer');
      this.add(path, 'symlink', false, target.toString('latin1') as Bytes);
    } else if (stats.isFile()) {
      this.add(path, 'file', (stats.mode & 0o100) !== 0);
    } else {
      throw new TskitError(
        'spec',
        `"${textOf(path)}": expected a file, a folder or a link, found ${specialName(stats)}`,
        {
          hint: 'leave it out with `exclude`',
        },
      );
    }
  }

  #list(folder: Bytes): Promise<readonly Listed[]> {
    const known = this.#lists.get(folder) ?? this.#read(folder);
    this.#lists.set(folder, known);
    return known;
  }

  async #read(folder: Bytes): Promise<readonly Listed[]> {
    // Lets Ctrl-C be heard.
    await nextTurn();
    throwIfInterrupted(this.#signal);
    if (folder.split('/').length > mostLevels) {
      throw new TskitError(
        'spec',
        `"${textOf(folder).slice(0, 100)}…": expected at most ${mostLevels} levels of folders, found more`,
      );
    }
    const names = readdirSync(hostPath(this.#folder, folder), { encoding: 'buffer' });
    this.#seen += names.length;
    if (this.#seen > mostEntries) {
      throw new TskitError('spec', `expected at most ${mostEntries} entries below "${this.#folder}", found more`, {
        hint: 'name a smaller folder, or leave parts of it out with `exclude`',
      });
    }
    const found: Listed[] = [];
    for (const name of names.map((bytes) => bytes.toString('latin1')).sort()) {
      const path = join(folder, name);
      const stats = lstatSync(hostPath(this.#folder, path));
      if (!this.#excluded(textOf(path), stats.isDirectory())) found.push({ path, name: textOf(name), stats });
    }
    return found;
  }
}

/** Names are bytes, also such that are no UTF-8. */
export function hostPath(folder: string, path: Bytes): Buffer {
  return Buffer.from(path === '' ? bytesOf(folder) : `${bytesOf(folder)}/${path}`, 'latin1');
}

function specialName(stats: Stats): string {
  if (stats.isFIFO()) return 'a named pipe';
  if (stats.isSocket()) return 'a socket';
  return 'a device';
}
