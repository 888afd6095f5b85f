// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { homedir } from 'node:os';
import { resolve } from 'node:path';
import type { BuildContext } from '../context.ts';
import { TskitError } from '../errors.ts';
import { type Bytes, bytesOf, type Inode, textOf } from '../file-tree.ts';
import { maxName, maxPath } from '../flatten/layer-path.ts';
import { inContext } from '../oci/error-context.ts';
import type { FileSpec, Spec } from '../spec/types.ts';
import { type Ids, numericId } from './ids.ts';
import { addParents, directory, type Owner, symlink } from '../inodes.ts';
import { hashOf } from './key.ts';
import { realEntry } from '../tree-lookup.ts';
import { initPath } from './init.ts';
import { containersFolder, planFolder } from './reserved.ts';
import { specDocument } from './metadata.ts';
import { type HashedContent, readSource } from './source-file.ts';

/** One entry of the spec's `files`, read. */
export interface SpecFile {
  /** As a tree has it: without a leading slash. */
  readonly path: Bytes;
  readonly inode: Inode;
  /** Everything that makes `inode`, small and as JSON. */
  readonly key: unknown;
}

/** Ours alone: what lies there is made by the build, in trees of their own that would hide what `files` adds. */
const reserved = [containersFolder, planFolder];

/** Where init mounts something, so that what the image has there is never seen. */
const mounted = new Set(['dev', 'proc', 'run', 'sys', 'tmp', 'var']);

/** Reads the spec's `files` in order. Throws a TskitError that names the entry. */
export async function readFiles(spec: Spec, ids: Ids, ctx: BuildContext): Promise<readonly SpecFile[]> {
  const files: SpecFile[] = [];
  for (const [index, file] of spec.files.entries()) {
    try {
      const read = await readOne(file, spec, ids, ctx);
      if (read === undefined) continue;
      files.push({ ...read, inode: { ...read.inode, from: { kind: 'spec', entry: `files[${index}]` } } });
    } catch (error) {
      throw inContext(`adding files[${index}] "${file.path}"`, error);
    }
  }
  return files;
}

/**
 * Adds files to a root, in order. Links among their parents are followed; missing parents are made 0755 and root's, and
 * those that exist keep their mode (LinuxKit gives both the file's mode, which makes /etc 0700 for a file of 0600).
 */
export function addFiles(root: Map<Bytes, Inode>, files: readonly SpecFile[], epoch: number): void {
  for (const { path, inode } of files) {
    const target = realEntry(root, path);
    if (target === undefined) throw conflict(path, 'a parent of it is not a directory');
    if (target !== path && (target === initPath || isReserved(target))) {
      throw conflict(path, `it leads through a link to "/${textOf(target)}", which is made by the build`);
    }
    const existing = root.get(target);
    if (existing !== undefined && (existing.type === 'directory') !== (inode.type === 'directory')) {
      throw conflict(path, `an image has a ${existing.type} there, files a ${inode.type}`);
    }
    addParents(root, target, epoch);
    root.set(target, inode);
  }
}

async function readOne(file: FileSpec, spec: Spec, ids: Ids, ctx: BuildContext): Promise<SpecFile | undefined> {
  const path = checkPath(file.path, ctx);
  const owner: Owner = { uid: numericId(file.uid, ids, 'uid'), gid: numericId(file.gid, ids, 'gid') };
  const mode = Number.parseInt(file.mode ?? (file.directory === true ? '0700' : '0600'), 8);
  const base = [textOf(path), mode, owner];
  if (file.directory === true) {
    return { path, inode: directory(ctx.epoch, mode, owner), key: [...base, 'directory'] };
  }
  if (file.symlink !== undefined) {
    checkLength('symlink', file.symlink, maxPath);
    return { path, inode: symlink(ctx.epoch, file.symlink, owner), key: [...base, 'symlink', file.symlink] };
  }
  const read = await contentOf(file, spec, ctx);
  if (read === undefined) return undefined;
  const inode: Inode = { type: 'file', mode, ...owner, mtime: ctx.epoch, content: read.content };
  return { path, inode, key: [...base, 'file', read.hash] };
}

/** Undefined for an optional file whose source is not there. */
async function contentOf(file: FileSpec, spec: Spec, ctx: BuildContext): Promise<HashedContent | undefined> {
  if (file.source !== undefined) return sourceOf(file.source, file.optional ?? false, spec, ctx);
  const text = file.metadata === undefined ? file.contents : await specDocument(spec, file.metadata);
  if (text === undefined) {
    throw new TskitError('spec', 'expected one of contents, source, metadata, symlink or directory, found none');
  }
  const data = Buffer.from(text, 'utf8');
  return { content: { kind: 'inline', data }, hash: hashOf(data) };
}

async function sourceOf(
  source: string,
  optional: boolean,
  spec: Spec,
  ctx: BuildContext,
): Promise<HashedContent | undefined> {
  const path = source.startsWith('~/') ? resolve(homedir(), source.slice(2)) : resolve(spec.origin.folder, source);
  try {
    return await readSource(path, ctx);
  } catch (error) {
    if (error instanceof TskitError) throw error;
    if (optional) return undefined;
    const found = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new TskitError('io', `source "${source}": expected a file that can be read at "${path}", found ${found}`, {
      hint: "a relative source starts from the spec's folder; `optional: true` leaves out what is not there",
      cause: error,
    });
  }
}

function checkPath(raw: string, ctx: BuildContext): Bytes {
  const names = raw.split('/').filter((name) => name !== '' && name !== '.');
  if (names.length === 0 || names.includes('..') || raw.includes('\0')) {
    throw new TskitError('spec', `path: expected the path of a file in the image, without "..", found "${raw}"`);
  }
  const path = names.join('/');
  checkLengths(path, names);
  if (isReserved(path)) {
    throw new TskitError('spec', `path: "/${path}" is made by the build and cannot be changed by files`, {
      hint: 'put the file elsewhere and bind it into the container with `binds`',
    });
  }
  const shadow = names[0] ?? '';
  if (names.length > 1 && mounted.has(shadow)) {
    ctx.reporter.warn(`files: "/${path}" will not be seen: init mounts an empty file system on /${shadow} at boot`);
  }
  return bytesOf(path);
}

function checkLengths(path: string, names: readonly string[]): void {
  for (const name of names) checkLength('path', name, maxName);
  checkLength('path', path, maxPath);
}

/** The kernel leaves out what is longer without a word. */
function checkLength(field: string, text: string, most: number): void {
  const { length } = bytesOf(text);
  if (length <= most) return;
  throw new TskitError(
    'spec',
    `${field}: expected at most ${most} bytes, found ${length} in "${text.slice(0, 100)}…"`,
    {
      hint: most === maxName ? 'Linux has no longer names' : 'Linux has no longer paths',
    },
  );
}

function isReserved(path: string): boolean {
  return reserved.some((folder) => path === folder || path.startsWith(`${folder}/`));
}

function conflict(path: Bytes, found: string): TskitError {
  return new TskitError('spec', `adding the file "/${textOf(path)}": ${found}`, { hint: 'choose another path for it' });
}
