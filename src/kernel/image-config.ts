// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { gunzipSync } from 'node:zlib';
import { ContentReader, readContent } from '../content.ts';
import type { BuildContext } from '../context.ts';
import { TskitError } from '../errors.ts';
import { type Bytes, type Content, contentSize, type FileTree, textOf } from '../file-tree.ts';
import { type KernelConfig, parseKernelConfig } from './config.ts';
import { decompressKernel } from './payload.ts';

/** A kernel's configuration and where it was found, in words: `"/kernel.config"`, `the kernel itself`. */
export interface FoundConfig {
  readonly config: KernelConfig;
  readonly source: string;
}

/** Those of distributions with everything as a module have about 300 KB. */
const maxConfigSize = 16 * 1024 * 1024;
/** Ours and Debian's, LinuxKit's, and what people call it. */
const names = /^(kernel[._-]config|\.?config|boot\/config(-[^/]+)?|config-[^/]+|lib\/modules\/[^/]+\/config)(\.gz)?$/;

/**
 * The configuration of the kernel of an image: a file of the image, or what CONFIG_IKCONFIG has put into the kernel. Undefined when
 * there is neither, and for a kernel that cannot be decompressed.
 * @throws TskitError `store` when the cache cannot be written, `interrupted`.
 */
export async function imageConfig(
  tree: FileTree,
  kernel: Content | undefined,
  label: string,
  ctx: BuildContext,
): Promise<FoundConfig | undefined> {
  for (const path of [...tree.keys()].filter((each) => names.test(each)).sort(byDepth)) {
    const inode = tree.get(path);
    if (inode?.type !== 'file' || contentSize(inode.content) > maxConfigSize) continue;
    const config = configOf(readContent(inode.content, maxConfigSize));
    if (config !== undefined) return { config, source: `"/${textOf(path)}"` };
  }
  const inside = kernel === undefined ? undefined : await configInside(kernel, label, ctx);
  return inside === undefined ? undefined : { config: inside, source: 'the kernel itself' };
}

function byDepth(a: Bytes, b: Bytes): number {
  return a.split('/').length - b.split('/').length || (a < b ? -1 : 1);
}

/** What a file has, compressed with gzip or not. Undefined for what is no configuration: other programs have files of such names, too. */
export function configOf(bytes: Buffer): KernelConfig | undefined {
  const text = plain(bytes)?.toString('latin1');
  if (text === undefined) return undefined;
  const config = parseKernelConfig(text);
  return config.size > 0 ? config : undefined;
}

function plain(bytes: Buffer): Buffer | undefined {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: maxConfigSize });
  } catch {
    return undefined;
  }
}

/** What CONFIG_IKCONFIG puts around the gzip file (kernel/configs.c). */
const marks = { start: 'IKCFG_ST', end: 'IKCFG_ED' } as const;
const windowSize = 4 * 1024 * 1024;

async function configInside(kernel: Content, label: string, ctx: BuildContext): Promise<KernelConfig | undefined> {
  let content: Content;
  try {
    content = await decompressKernel(kernel, label, ctx, { by: 'looking for its configuration', hint: '' });
  } catch (error) {
    if (error instanceof TskitError && (error.code === 'format' || error.code === 'archive')) return undefined;
    throw error;
  }
  using reader = new ContentReader();
  const size = contentSize(content);
  // Windows overlap by more than a configuration has, so that one of them has all of it.
  for (let offset = 0; offset < size; offset += windowSize / 2) {
    const window = reader.part(content, offset, Math.min(windowSize, size - offset));
    const start = window.indexOf(marks.start, 0, 'latin1');
    if (start < 0) continue;
    const end = window.indexOf(marks.end, start, 'latin1');
    if (end >= 0) return configOf(window.subarray(start + marks.start.length, end));
  }
  return undefined;
}
