// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { statSync } from 'node:fs';
import { formatBytes } from '../amounts.ts';
import type { Platform } from '../oci/types.ts';
import { shellQuote } from '../shell-quote.ts';
import type { Invocation } from './command.ts';

/**
 * Says what a build wrote: on standard output a line a file, its path alone for programs, with its size on a terminal; the
 * rest is the reporter's.
 */
export function reportWritten(invocation: Invocation, paths: readonly string[], { architecture }: Platform): void {
  const files = paths.map((path) => ({ path, bytes: statSync(path).size }));
  const width = Math.max(...paths.map((path) => path.length));
  if (!invocation.flag('json')) {
    for (const { path, bytes } of files) {
      const size = invocation.isTerminal ? `  ${formatBytes(bytes).padStart(7)}` : '';
      invocation.print(size === '' ? path : `${path.padEnd(width)}${size}`);
    }
  }
  const next = architecture === 'amd64' ? nextCommand(paths) : undefined;
  invocation.reporter.finished({ files, ...(next !== undefined && { next }) });
}

const kernelSuffix = '-kernel';
const initrdSuffixes = ['-initrd.img', '-erofs-initrd.img'];
/** Ends of the names of images that `tskit run` boots, the quickest to try first. */
const imageSuffixes = ['-efi.img', '.efi'];

/** What `tskit run` can boot is a kernel with an initrd of the same name, or an image. */
function nextCommand(paths: readonly string[]): string | undefined {
  const name = paths.find((path) => path.endsWith(kernelSuffix))?.slice(0, -kernelSuffix.length);
  const isWhole = initrdSuffixes.some((suffix) => paths.includes(`${name}${suffix}`));
  if (name !== undefined && isWhole) return `tskit run ${shellQuote(name)}`;
  const images = imageSuffixes.flatMap((suffix) => paths.filter((path) => path.endsWith(suffix)));
  return images[0] === undefined ? undefined : `tskit run ${shellQuote(images[0])}`;
}
