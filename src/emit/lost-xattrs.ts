// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { CpioEntry } from '../archive/cpio.ts';
import { type FileTree, type Inode, textOf } from '../file-tree.ts';
import type { Reporter } from '../reporter.ts';

/** Without these a program may stop working or a file may be open to more users than meant. */
const important = new Set([
  'security.capability',
  'security.ima',
  'security.evm',
  'system.posix_acl_access',
  'system.posix_acl_default',
]);
/** More files than these are counted and not named. */
const maxNamed = 20;

/** Extended attributes that a newc archive leaves out: it has no place for any. */
export interface LostXattrs {
  readonly important: readonly { readonly path: string; readonly name: string }[];
  /** How many of all others there are, by name. */
  readonly others: Readonly<Record<string, number>>;
}

export function lostXattrs(entries: readonly CpioEntry[]): LostXattrs {
  const lost: { path: string; name: string }[] = [];
  const others: Record<string, number> = {};
  for (const { path, inode, hasData } of entries) {
    for (const name of hasData ? (inode.xattrs?.keys() ?? []) : []) {
      if (important.has(name)) {
        lost.push({ path: `/${textOf(path)}`, name });
      } else {
        others[name] = (others[name] ?? 0) + 1;
      }
    }
  }
  return { important: lost, others };
}

/** What a file system leaves out of a tree that keeps attributes of these names. */
export function lostXattrsOf(tree: FileTree, isKept: (name: string) => boolean): LostXattrs {
  const seen = new Set<Inode>();
  const entries: CpioEntry[] = [];
  for (const [path, inode] of tree) {
    const xattrs = new Map([...(inode.xattrs ?? [])].filter(([name]) => !isKept(name)));
    if (xattrs.size > 0)
      entries.push({ path, inode: { ...inode, xattrs }, ino: 0, nlink: 1, hasData: !seen.has(inode) });
    seen.add(inode);
  }
  return lostXattrs(entries);
}

const initramfs = 'an initramfs has no extended attributes';

/** Says what is lost and why: a warning for each file that matters, and one note for all else. */
export function reportLostXattrs(lost: LostXattrs, label: string, reporter: Reporter, why: string = initramfs): void {
  for (const { path, name } of lost.important.slice(0, maxNamed)) {
    reporter.warn(`"${path}" of ${label} loses its ${name}: ${why}; the format "tar" keeps them`);
  }
  if (lost.important.length > maxNamed) {
    reporter.warn(`${lost.important.length - maxNamed} more files of ${label} lose security attributes`);
  }
  const others = Object.entries(lost.others).map(([name, count]) => `${name} (${count})`);
  if (others.length > 0) {
    reporter.note(`${label}: ${why}, left out: ${others.join(', ')}`);
  }
}
