// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { BuildContext } from '../context.ts';
import { TskitError } from '../errors.ts';
import { type Bytes, bytesOf, type FileTree, type Inode, type Provenance, textOf } from '../file-tree.ts';
import { maxPath } from '../flatten/layer-path.ts';
import { inContext } from '../oci/error-context.ts';
import { formatPlace } from '../spec/texts.ts';
import type { FileSpec, Spec } from '../spec/types.ts';
import { checkLength, checkPath, isReserved, warnIfMounted } from './file-path.ts';
import { type Ids, numericId } from './ids.ts';
import { addParents, directory, inlineFile, type Owner, symlink } from '../inodes.ts';
import { hashOf } from './key.ts';
import { realEntry, realPath } from '../tree-lookup.ts';
import { initPath } from './init.ts';
import { specDocument } from './metadata.ts';
import { readSource, type SourceContext } from './source-entries.ts';
import { SourceReader } from './source-file.ts';
import type { SpecFile } from './spec-file.ts';

/** Reads the spec's `files` in order. Throws a TskitError that names the entry. */
export async function readFiles(spec: Spec, ids: Ids, ctx: BuildContext): Promise<readonly SpecFile[]> {
  const files: SpecFile[] = [];
  const reader = new SourceReader(ctx);
  for (const [index, file] of spec.files.entries()) {
    try {
      const read = await readOne(file, spec, ids, { ...ctx, reader });
      const from: Provenance = { kind: 'spec', entry: `files[${index}]` };
      for (const one of read) files.push({ ...one, inode: { ...one.inode, from } });
    } catch (error) {
      const place = spec.origin.place(['files', index]);
      // Of several files merged the index alone would lead nowhere.
      const where = place === undefined ? '' : `${formatPlace(place)}: `;
      throw inContext(`${where}adding files[${index}] "${file.path}"`, error);
    }
  }
  return files;
}

/**
 * Adds files to a root, in order. Links among their parents are followed; missing parents are made 0755 and root's, and
 * those that exist keep their mode (LinuxKit gives both the file's mode, which makes /etc 0700 for a file of 0600).
 */
export function addFiles(root: Map<Bytes, Inode>, files: readonly SpecFile[], epoch: number): void {
  for (const { path, inode, yields } of files) {
    if (yields === true && isFolder(root, path)) continue;
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

/** A folder, or a link that leads to one. */
function isFolder(root: FileTree, path: Bytes): boolean {
  const real = realPath(root, path);
  return real !== undefined && root.get(real)?.type === 'directory';
}

async function readOne(file: FileSpec, spec: Spec, ids: Ids, ctx: SourceContext): Promise<readonly SpecFile[]> {
  const owner: Owner = { uid: numericId(file.uid, ids, 'uid'), gid: numericId(file.gid, ids, 'gid') };
  if (file.source !== undefined) return await readSource({ ...file, source: file.source }, owner, spec, ctx);
  const path = checkPath(file.path);
  warnIfMounted(path, ctx);
  const mode = Number.parseInt(file.mode ?? (file.directory === true ? '0700' : '0600'), 8);
  const base = [textOf(path), mode, owner];
  if (file.directory === true) {
    return [{ path, inode: directory(ctx.epoch, mode, owner), key: [...base, 'directory'] }];
  }
  if (file.symlink !== undefined) {
    checkLength('symlink', bytesOf(file.symlink), maxPath);
    return [{ path, inode: symlink(ctx.epoch, file.symlink, owner), key: [...base, 'symlink', file.symlink] }];
  }
  const data = Buffer.from(await textOfFile(file, spec), 'utf8');
  return [{ path, inode: inlineFile(ctx.epoch, data, mode, owner), key: [...base, 'file', hashOf(data)] }];
}

async function textOfFile(file: FileSpec, spec: Spec): Promise<string> {
  const text = file.metadata === undefined ? file.contents : await specDocument(spec, file.metadata);
  if (text === undefined) {
    throw new TskitError('spec', 'expected one of contents, source, metadata, symlink or directory, found none');
  }
  return text;
}

function conflict(path: Bytes, found: string): TskitError {
  return new TskitError('spec', `adding the file "/${textOf(path)}": ${found}`, { hint: 'choose another path for it' });
}
