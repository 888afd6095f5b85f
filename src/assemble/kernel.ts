// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { closeSync, openSync } from 'node:fs';
import { readTar } from '../archive/tar.ts';
import type { BuildContext } from '../context.ts';
import { ContentReader } from '../content.ts';
import { TskitError } from '../errors.ts';
import {
  type Bytes,
  bytesOf,
  type Content,
  type FileTree,
  type Inode,
  type LazyTree,
  type Provenance,
  textOf,
} from '../file-tree.ts';
import { applyEntry } from '../flatten/apply-entry.ts';
import { plainContent } from '../flatten/plain-content.ts';
import { checkEntries } from '../flatten/layer-limit.ts';
import { fileTreeOf, newRoot } from '../flatten/root.ts';
import type { FlattenedImage } from '../flatten.ts';
import { inContext } from '../oci/error-context.ts';
import type { KernelOptions, LazyFile } from '../rootfs.ts';
import type { KernelSpec } from '../spec/types.ts';
import { compressionOf, expandAll } from '../kernel/expand.ts';
import { decompressKernel } from '../kernel/payload.ts';
import { remember } from '../facts.ts';
import { configValue } from '../kernel/config.ts';
import { imageConfig } from '../kernel/image-config.ts';
import { keyOf } from './key.ts';
import { realPath } from '../tree-lookup.ts';

/** What a kernel image is made of (LinuxKit docs/kernels.md): nothing else of it is used. */
export interface Kernel {
  readonly binary: LazyFile;
  /** What the image's kernel.tar unpacks to; absent when the spec wants none. */
  readonly modules?: LazyTree;
  readonly ucode?: LazyFile;
  /** Values of options of its configuration; undefined when the image has none. What was found is remembered in the cache. */
  readonly options: (names: readonly string[]) => Promise<KernelOptions | undefined>;
}

/**
 * The largest kernel.tar of a distribution is about 1 GiB unpacked; the file system that it becomes must fit into
 * memory.
 */
const maxTarSize = 8 * 1024 * 1024 * 1024;

/** Splits a kernel image up. Nothing is read yet; a file that the image does not have is an error when it is loaded. */
export function kernelOf(spec: KernelSpec, image: FlattenedImage, ctx: BuildContext): Kernel {
  const tar = spec.tar ?? 'kernel.tar';
  const binary = fileOf(image, spec.binary || 'kernel', 'kernel.binary');
  return {
    binary,
    options: async (names) => await optionsOf([...new Set(names)].sort(), image, binary, ctx),
    ...(tar === '' || tar === 'none' ? {} : { modules: tarOf(image, tar, ctx) }),
    ...(spec.ucode ? { ucode: fileOf(image, spec.ucode, 'kernel.ucode') } : {}),
  };
}

async function optionsOf(
  names: readonly string[],
  image: FlattenedImage,
  binary: LazyFile,
  ctx: BuildContext,
): Promise<KernelOptions | undefined> {
  const key = keyOf('kernel options', image.tree.key, binary.key, names);
  const known = await remember(ctx.cache, key, isFoundOptions, async () => {
    const found = await imageConfig(await image.tree.load(), await binary.load(), binary.label, ctx);
    if (found === undefined) return { options: null };
    const values = Object.fromEntries(names.map((name) => [name, configValue(found.config, name)]));
    return { options: { source: found.source, values } };
  });
  return known.options ?? undefined;
}

function isFoundOptions(value: unknown): value is { readonly options: KernelOptions | null } {
  const options = (value as { readonly options?: Partial<KernelOptions> | null } | null)?.options;
  return options === null || (typeof options?.source === 'string' && typeof options.values === 'object');
}

/** The kernel that is inside of a kernel's file, and that is loaded later. */
export function decompressedKernel(kernel: LazyFile, ctx: BuildContext): LazyFile {
  return {
    key: keyOf('decompressed', kernel.key),
    label: kernel.label,
    load: async () => await decompressKernel(await kernel.load(), kernel.label, ctx),
  };
}

function fileOf(image: FlattenedImage, name: string, field: string): LazyFile {
  return {
    key: keyOf('file', image.tree.key, name),
    label: `${name} of ${image.reference}`,
    load: async () => fileAt(await image.tree.load(), name, image.reference, field).content,
  };
}

function tarOf(image: FlattenedImage, name: string, ctx: BuildContext): LazyTree {
  const label = `${name} of ${image.reference}`;
  return {
    key: keyOf('kernel.tar', image.tree.key, name),
    label,
    load: async () => {
      const { content, from } = fileAt(await image.tree.load(), name, image.reference, 'kernel.tar');
      const layer = from?.kind === 'image' ? from.layer : 0;
      const provenance: Provenance = { kind: 'image', reference: image.reference, layer, archive: name };
      return readContentTar(await uncompressed(content, label, ctx), label, provenance);
    },
  };
}

/** A regular file of the image; links to it are followed inside the image (a distribution's /vmlinuz is one). */
function fileAt(tree: FileTree, name: string, reference: string, field: string): Inode & { readonly type: 'file' } {
  const path = realPath(tree, bytesOf(name.replace(/^\/+/, '')));
  const inode = path === undefined ? undefined : tree.get(path);
  if (inode?.type === 'file') return inode;
  const found = inode === undefined ? 'no such file' : `a ${inode.type}`;
  const message = `${field}: expected a file "${name}" in kernel image "${reference}", found ${found}`;
  throw new TskitError('not-found', message, { hint: hintFor(tree, field) });
}

function hintFor(tree: FileTree, field: string): string {
  const candidates = likelyFiles(tree).join(', ');
  if (candidates === '') return 'the image holds no files at its top or in /boot: is it a kernel image?';
  return `the image has ${candidates}; name one with \`${field}\`${field === 'kernel.tar' ? ', or "none"' : ''}`;
}

/** What may have been meant: files at the top and in /boot. */
function likelyFiles(tree: FileTree): readonly string[] {
  return [...tree]
    .filter(([path, inode]) => inode.type === 'file' && /^(boot\/)?[^/]+$/.test(path))
    .map(([path]) => `"${textOf(path)}"`)
    .sort()
    .slice(0, 10);
}

/** The content itself, or a range of a file in the cache that it was decompressed into. */
async function uncompressed(
  content: Content,
  name: string,
  ctx: BuildContext,
): Promise<Content & { readonly kind: 'range' }> {
  using reader = new ContentReader();
  const compression = compressionOf(content, reader);
  const [expanded] =
    compression === undefined ? [content] : await expandAll([{ name, content, compression }], maxTarSize, ctx);
  if (expanded?.kind === 'range') return expanded;
  throw new TskitError('archive', `${name}: expected a file of an image, found a made one`);
}

/** A tar that is itself a file of an image, as a tree whose contents are ranges of the same blob. */
function readContentTar(content: Content & { readonly kind: 'range' }, label: string, from: Provenance): FileTree {
  const fd = openSync(content.file, 'r');
  try {
    const root = newRoot();
    let entries = 0;
    for (const entry of readTar(fd, content.size, content.offset)) {
      entries += 1;
      checkEntries(entries, 'it');
      applyEntry(root, 0, entry, plainContent(entry, content.file), from);
    }
    return fileTreeOf(root);
  } catch (error) {
    throw inContext(`unpacking ${label}`, error);
  } finally {
    closeSync(fd);
  }
}

/**
 * Folders of kernel releases in a root, links in the path resolved: "usr/lib/modules/6.1.0" of a merged-/usr system.
 */
export function moduleFolders(root: FileTree): readonly Bytes[] {
  const folder = realPath(root, bytesOf('lib/modules'));
  if (folder === undefined) return [];
  const releases = [...root]
    .filter(([path, inode]) => isReleaseFolder(path, inode, folder, root))
    .map(([path]) => path);
  return releases.sort();
}

function isReleaseFolder(path: Bytes, inode: Inode, folder: Bytes, root: FileTree): boolean {
  if (inode.type !== 'directory' || !path.startsWith(`${folder}/`)) return false;
  if (path.includes('/', folder.length + 1)) return false;
  // A folder with a firmware or a build link alone is not a release's modules.
  return root.has(`${path}/modules.order` as Bytes) || root.has(`${path}/kernel` as Bytes);
}
