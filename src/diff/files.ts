// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { imagesDir } from '../../init/contract/paths.ts';
import { type Bytes, textOf } from '../file-tree.ts';
import type { DiffFile, Side } from './side.ts';

/** One file that is not the same on both sides. */
export interface FileChange {
  /** "/etc/hosts", "web:/etc/nginx/nginx.conf" */
  readonly path: string;
  readonly change: 'added' | 'removed' | 'changed';
  readonly type: DiffFile['type'];
  /** Bytes of the content before and after; absent where it is not there. */
  readonly before?: number;
  readonly after?: number;
  /** What of a changed one: "content", "mode 0644 -> 0600". */
  readonly what: readonly string[];
}

/** Texts that are compared by what they say, and never byte by byte. */
const spoken =
  /^\/(etc\/tskit(\/.*)?|containers\/(onboot|onshutdown|services)(\/.*)?|containers\/images(\/[^/]*)?|containers\/volumes(\/[^/]+(\/(lower|merged|tmp))?)?)$/;

/** What each side's paths are called so that counterparts meet, and which folders need no comparison. */
export interface Naming {
  readonly before: (path: Bytes) => Bytes;
  readonly after: (path: Bytes) => Bytes;
  /** Image trees of one digest on both sides. */
  readonly same: ReadonlySet<string>;
}

/** Compares all files. Contents are read only of files of one size that are not known to be the same. */
export function compareFiles(before: Side, after: Side, naming: Naming): readonly FileChange[] {
  const left = named(before, naming.before, naming.same);
  const right = named(after, naming.after, naming.same);
  const changes: FileChange[] = [];
  for (const [path, file] of right) {
    const old = left.get(path);
    if (old === undefined)
      changes.push({ path: textOf(path), change: 'added', type: file.type, after: file.size, what: [] });
    else {
      const what = differences(old, file);
      if (what.length > 0) {
        changes.push({
          path: textOf(path),
          change: 'changed',
          type: file.type,
          before: old.size,
          after: file.size,
          what,
        });
      }
    }
  }
  for (const [path, file] of left) {
    if (!right.has(path))
      changes.push({ path: textOf(path), change: 'removed', type: file.type, before: file.size, what: [] });
  }
  return changes.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function named({ files }: Side, name: (path: Bytes) => Bytes, same: ReadonlySet<string>): ReadonlyMap<Bytes, DiffFile> {
  const result = new Map<Bytes, DiffFile>();
  for (const [path, file] of files) {
    if (path.startsWith(images) && same.has(imageFolder(path))) continue;
    const called = name(path);
    if (!spoken.test(called)) result.set(called, file);
  }
  return result;
}

const images = `${imagesDir.slice(1)}/`;

function imageFolder(path: string): string {
  const end = path.indexOf('/', images.length);
  return end === -1 ? path : path.slice(0, end);
}

function differences(before: DiffFile, after: DiffFile): readonly string[] {
  if (before.type !== after.type) return [`${before.type} -> ${after.type}`];
  const what: string[] = [];
  if (before.type === 'file' && !sameContent(before, after)) what.push('content');
  if (before.detail !== after.detail) what.push(`${textOf(before.detail)} -> ${textOf(after.detail)}`);
  if (before.mode !== after.mode) what.push(`mode ${octal(before.mode)} -> ${octal(after.mode)}`);
  if (before.uid !== after.uid || before.gid !== after.gid) {
    what.push(`owner ${before.uid}:${before.gid} -> ${after.uid}:${after.gid}`);
  }
  return what;
}

function sameContent(before: DiffFile, after: DiffFile): boolean {
  if (before.size !== after.size) return false;
  return before.identity === after.identity || before.digest() === after.digest();
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}
