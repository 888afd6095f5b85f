// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { BuildContext } from '../context.ts';
import { TskitError } from '../errors.ts';
import { type Bytes, bytesOf, textOf } from '../file-tree.ts';
import { maxName, maxPath } from '../flatten/layer-path.ts';
import { containersFolder, planFolder } from './reserved.ts';

/** Ours alone: what lies there is made by the build, in trees of their own that would hide what `files` adds. */
const reserved = [containersFolder, planFolder];

/** Where init mounts something, so that what the image has there is never seen. */
const mounted = new Set(['dev', 'proc', 'run', 'sys', 'tmp', 'var']);

/** The path of an entry of `files` as a tree has it. Throws `spec` when nothing can be there. */
export function checkPath(raw: string): Bytes {
  const names = raw.split('/').filter((name) => name !== '' && name !== '.');
  if (names.length === 0 || names.includes('..') || raw.includes('\0')) {
    throw new TskitError('spec', `path: expected the path of a file in the image, without "..", found "${raw}"`);
  }
  const path = names.join('/');
  checkTarget(bytesOf(path));
  return bytesOf(path);
}

/** Throws `spec` for a path that Linux cannot hold or that the build makes itself. */
export function checkTarget(path: Bytes): void {
  for (const name of path.split('/')) checkLength('path', name as Bytes, maxName);
  checkLength('path', path, maxPath);
  if (isReserved(path)) {
    throw new TskitError('spec', `path: "/${textOf(path)}" is made by the build and cannot be changed by files`, {
      hint: 'put the file elsewhere and bind it into the container with `binds`',
    });
  }
}

/** Says that something is put where init mounts over it, and where that is. */
export function warnIfMounted(path: Bytes, ctx: BuildContext): string | undefined {
  const folder = mountedFolder(path);
  if (folder === undefined) return undefined;
  ctx.reporter.warn(
    `files: "/${textOf(path)}" will not be seen: init mounts an empty file system on /${folder} at boot`,
  );
  return folder;
}

/** The folder, in which a path is, that init mounts over. */
export function mountedFolder(path: Bytes): string | undefined {
  const [first = '', ...rest] = path.split('/');
  return rest.length > 0 && mounted.has(first) ? first : undefined;
}

/** The kernel leaves out what is longer without a word. */
export function checkLength(field: string, bytes: Bytes, most: number): void {
  const { length } = bytes;
  if (length <= most) return;
  throw new TskitError(
    'spec',
    `${field}: expected at most ${most} bytes, found ${length} in "${textOf(bytes).slice(0, 100)}…"`,
    {
      hint: most === maxName ? 'Linux has no longer names' : 'Linux has no longer paths',
    },
  );
}

/** Whether the build fills that path by a tree of its own. */
export function isReserved(path: string): boolean {
  return reserved.some((folder) => path === folder || path.startsWith(`${folder}/`));
}
