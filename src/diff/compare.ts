// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Bytes } from '../file-tree.ts';
import { installedPackages } from '../installed/packages.ts';
import type { ReadRoot } from '../installed/read-root.ts';
import { readContainers, readSystemTerms } from '../terms/read-containers.ts';
import {
  compareContainers,
  compareTerms,
  type ContainerChange,
  type OrderChange,
  type TermChange,
} from './containers.ts';
import { compareFiles, type FileChange } from './files.ts';
import { namer, type Pair, pairImages, pairModules } from './pairs.ts';
import type { DiffKernel, Side } from './side.ts';

/** A package that is not in the same version on both sides. */
export interface PackageChange {
  /** Where it is installed: "web:" in the image of that container, "/" in the root. */
  readonly where: string;
  readonly name: string;
  readonly before?: string;
  readonly after?: string;
}

/** How large a system is once unpacked. */
export interface Totals {
  readonly files: number;
  readonly bytes: number;
}

/** All that differs between two systems, in their own terms. */
export interface SystemDiff {
  readonly before: { readonly label: string; readonly kind: Side['kind']; readonly totals: Totals };
  readonly after: { readonly label: string; readonly kind: Side['kind']; readonly totals: Totals };
  /** Members of the kernel that differ; absent when none does or a side does not tell. */
  readonly kernel?: { readonly before?: DiffKernel; readonly after?: DiffKernel };
  readonly cmdline?: {
    readonly removed: readonly string[];
    readonly added: readonly string[];
    readonly reordered: boolean;
  };
  /** What the boot plan says of the system itself: the watchdog. */
  readonly system: readonly TermChange[];
  readonly containers: readonly ContainerChange[];
  readonly order: readonly OrderChange[];
  readonly packages: readonly PackageChange[];
  readonly files: readonly FileChange[];
}

/** Compares two systems. */
export function compareSystems(before: Side, after: Side): SystemDiff {
  const [left, right] = [readContainers(before.root), readContainers(after.root)];
  const images = pairImages(left, right);
  const pairs = [...images, ...pairModules(before, after)];
  const kernel = compareKernels(before, after);
  const cmdline = compareCmdlines(before, after);
  return {
    before: { label: before.label, kind: before.kind, totals: totalsOf(before) },
    after: { label: after.label, kind: after.kind, totals: totalsOf(after) },
    ...(kernel && { kernel }),
    ...(cmdline && { cmdline }),
    system: compareTerms(readSystemTerms(before.root), readSystemTerms(after.root)),
    ...compareContainers(left, right),
    packages: comparePackages(before, after, images),
    files: compareFiles(before, after, {
      before: namer(pairs, 'before'),
      after: namer(pairs, 'after'),
      same: new Set(images.flatMap((pair) => (pair.before === pair.after ? (pair.before ?? []) : []))),
    }),
  };
}

/** Whether nothing differs. */
export function isEmpty({ kernel, cmdline, system, containers, order, packages, files }: SystemDiff): boolean {
  const counts = [system, containers, order, packages, files].map(({ length }) => length);
  return kernel === undefined && cmdline === undefined && counts.every((length) => length === 0);
}

/** A lone initrd has no kernel: nothing is said then. */
function compareKernels(before: Side, after: Side): SystemDiff['kernel'] {
  const [left, right] = [before.kernel, after.kernel];
  if ((left === undefined && right === undefined) || before.kind === 'initrd' || after.kind === 'initrd')
    return undefined;
  if (left?.sha256 === right?.sha256) return undefined;
  return { ...(left && { before: left }), ...(right && { after: right }) };
}

/** Word by word; a quoted part of a word may have spaces (Linux Documentation/admin-guide/kernel-parameters.rst). */
function compareCmdlines(before: Side, after: Side): SystemDiff['cmdline'] {
  if (before.cmdline === undefined || after.cmdline === undefined) return undefined;
  const words = (text: string): string[] => text.match(/(?:[^\s"]|"[^"]*"?)+/g) ?? [];
  const [left, right] = [words(before.cmdline), words(after.cmdline)];
  const removed = subtract(left, right);
  const added = subtract(right, left);
  const reordered = removed.length === 0 && added.length === 0 && left.join('\n') !== right.join('\n');
  return removed.length === 0 && added.length === 0 && !reordered ? undefined : { removed, added, reordered };
}

/** Each word as often as it is more often on the left. */
function subtract(words: readonly string[], others: readonly string[]): readonly string[] {
  const left = [...others];
  return words.filter((word) => {
    const at = left.indexOf(word);
    if (at !== -1) left.splice(at, 1);
    return at === -1;
  });
}

function comparePackages(before: Side, after: Side, images: readonly Pair[]): readonly PackageChange[] {
  const roots: readonly Pair[] = [{ label: '/', before: '', after: '' }, ...images];
  return roots.flatMap((pair) => {
    if (pair.before !== '' && pair.before === pair.after) return [];
    const left = packagesAt(before, pair.before);
    const right = packagesAt(after, pair.after);
    return [...new Set([...left.keys(), ...right.keys()])].sort().flatMap((name): readonly PackageChange[] => {
      const [old, now] = [left.get(name)?.version, right.get(name)?.version];
      if (old === now) return [];
      return [
        {
          where: pair.label,
          name,
          ...(old !== undefined && { before: old }),
          ...(now !== undefined && { after: now }),
        },
      ];
    });
  });
}

function packagesAt({ root }: Side, folder: string | undefined): ReturnType<typeof installedPackages> {
  return folder === undefined ? new Map() : installedPackages(below(root, folder));
}

function below(root: ReadRoot, folder: string): ReadRoot {
  if (folder === '') return root;
  const start = `${folder}/`;
  return {
    *paths() {
      for (const path of root.paths()) if (path.startsWith(start)) yield path.slice(start.length) as Bytes;
    },
    text: (path) => root.text(`${start}${path}` as Bytes),
    link: (path) => root.link(`${start}${path}` as Bytes),
  };
}

function totalsOf({ files }: Side): Totals {
  let [count, bytes] = [0, 0];
  for (const [path, file] of files) {
    // The record of the size itself is in an initrd only.
    if (file.type === 'directory' || path.startsWith('etc/tskit/')) continue;
    count += 1;
    bytes += file.size;
  }
  return { files: count, bytes };
}
