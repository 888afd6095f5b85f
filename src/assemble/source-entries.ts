// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { stat } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { BuildContext } from '../context.ts';
import { TskitError } from '../errors.ts';
import { type Bytes, textOf } from '../file-tree.ts';
import { maxPath } from '../flatten/layer-path.ts';
import { directory, join, type Owner } from '../inodes.ts';
import { errnoOf } from '../oci/store-error.ts';
import type { FileSpec, Spec } from '../spec/types.ts';
import { checkLength, checkPath, checkTarget, mountedFolder, warnIfMounted } from './file-path.ts';
import { isPattern } from './path-pattern.ts';
import type { SourceReader } from './source-file.ts';
import { globPath, sourcePath } from './source-path.ts';
import { globOf, hostPath, readGlob, readTree, type TreeEntry } from './source-tree.ts';
import type { SpecFile } from './spec-file.ts';

export interface SourceContext extends BuildContext {
  readonly reader: SourceReader;
}

/** An entry of `files` with a source. */
type SourceSpec = FileSpec & { readonly source: string };

/** Where entries of a folder or a glob were found. */
interface Found {
  readonly folder: string;
  readonly entries: readonly TreeEntry[];
}

/**
 * What an entry of `files` with a `source` brings: one file, or all of a folder, or all that a glob matches; nothing for an optional
 * one that is not there. Modes of trees are those that git keeps, so that umask and owner of the build machine do not count.
 */
export async function readSource(
  file: SourceSpec,
  owner: Owner,
  spec: Spec,
  ctx: SourceContext,
): Promise<readonly SpecFile[]> {
  const { source } = file;
  const path = sourcePath(source, spec.origin.folder);
  const optional = file.optional ?? false;
  try {
    const kind = await kindOf(path);
    if (kind === 'file' || (kind === 'nothing' && !isPattern(source))) return [await readFile(file, path, owner, ctx)];
    const exclude = file.exclude ?? [];
    if (kind === 'directory')
      return await placed(file, { folder: path, entries: await readTree(path, exclude, ctx.signal) }, owner, ctx);
    const glob = globOf(globPath(source, spec.origin.folder));
    const entries = (await kindOf(glob.folder)) === 'directory' ? await readGlob(glob, exclude, ctx.signal) : [];
    if (entries.length > 0 || optional) return await placed(file, { folder: glob.folder, entries }, owner, ctx);
    throw new TskitError('io', `source "${source}": expected files that match in "${glob.folder}", found none`, {
      hint: "a relative source starts from the spec's folder; `optional: true` leaves out what is not there",
    });
  } catch (error) {
    if (error instanceof TskitError) throw error;
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    const at = failedPath(error) ?? path;
    if (optional && at === path) return [];
    throw new TskitError('io', `source "${source}": expected a file that can be read at "${at}", found ${errno}`, {
      hint: "a relative source starts from the spec's folder; `optional: true` leaves out what is not there",
      cause: error,
    });
  }
}

async function kindOf(path: string): Promise<'file' | 'directory' | 'nothing'> {
  try {
    return (await stat(path)).isDirectory() ? 'directory' : 'file';
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '')) return 'nothing';
    throw error;
  }
}

/** The path that a system call of Node's failed on. */
function failedPath(error: unknown): string | undefined {
  const path: unknown = error instanceof Error && 'path' in error ? error.path : undefined;
  return typeof path === 'string' || path instanceof Uint8Array ? Buffer.from(path).toString('utf8') : undefined;
}

/** LinuxKit's meaning: one file, 0600 unless said otherwise, and a link to it is followed. */
async function readFile(file: SourceSpec, source: string, owner: Owner, ctx: SourceContext): Promise<SpecFile> {
  const path = checkPath(file.path);
  const { content, hash } = await ctx.reader.read(source, 'follow');
  for (const key of ['exclude', 'dirMode'] as const) {
    if (file[key] === undefined) continue;
    throw new TskitError('spec', `${key}: expected a source that is a folder or a glob, found the file "${source}"`);
  }
  warnIfMounted(path, ctx);
  const mode = Number.parseInt(file.mode ?? '0600', 8);
  const inode = { type: 'file', mode, ...owner, mtime: ctx.epoch, content } as const;
  return { path, inode, key: [textOf(path), mode, owner, 'file', hash] };
}

async function placed(file: SourceSpec, found: Found, owner: Owner, ctx: SourceContext): Promise<readonly SpecFile[]> {
  const isTop = file.path.split('/').every((name) => name === '' || name === '.');
  const top = isTop ? ('' as Bytes) : checkPath(file.path);
  const files: SpecFile[] = [];
  const warned = new Set<string>();
  for (const entry of found.entries) {
    const path = entry.path === '' ? top : top === '' ? entry.path : join(top, entry.path);
    // The root directory itself is not the user's to replace.
    if (path === '') continue;
    checkTarget(path);
    const mounted = mountedFolder(path);
    if (mounted !== undefined && !warned.has(mounted)) warned.add(warnIfMounted(path, ctx) ?? mounted);
    if (files.length % 512 === 511) await nextTurn();
    files.push(await fileOf(entry, { path, folder: found.folder, file, owner }, ctx));
  }
  return files;
}

interface Placement {
  readonly path: Bytes;
  /** On the build machine. */
  readonly folder: string;
  readonly file: SourceSpec;
  readonly owner: Owner;
}

/** Keys say the path as bytes: names need not be text. */
async function fileOf(entry: TreeEntry, at: Placement, ctx: SourceContext): Promise<SpecFile> {
  const { path, file, owner } = at;
  const base = { ...owner, mtime: ctx.epoch };
  if (entry.kind === 'directory') {
    const mode = Number.parseInt(file.dirMode ?? '0755', 8);
    const yields = file.dirMode === undefined;
    return {
      path,
      inode: directory(ctx.epoch, mode, owner),
      key: [path, mode, owner, 'tree directory', yields],
      yields,
    };
  }
  if (entry.kind === 'symlink') {
    const target = entry.target ?? ('' as Bytes);
    checkLength('symlink', target, maxPath);
    return {
      path,
      inode: { type: 'symlink', mode: 0o777, ...base, target },
      key: [path, owner, 'tree symlink', target],
    };
  }
  const { content, hash } = await ctx.reader.read(hostPath(at.folder, entry.path), 'refuse');
  const mode = Number.parseInt(file.mode ?? (entry.executable ? '0755' : '0644'), 8);
  return { path, inode: { type: 'file', mode, ...base, content }, key: [path, mode, owner, 'tree file', hash] };
}
