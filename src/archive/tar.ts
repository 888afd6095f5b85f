// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { textOf } from '../file-tree.ts';
import { BlockWindow } from './block-window.ts';
import { type PaxRecords, parsePax } from './pax.ts';
import { entryOf, extend, type Extension, type TarEntry } from './tar-entry.ts';
import { blockSize, isZeroBlock, padded, parseHeader, tarError } from './tar-header.ts';

export type { TarEntry };

/**
 * Lists an archive by its headers, with positioned reads that skip the contents. Understands ustar, GNU (long names, base
 * 256, sparse) and pax (records, global headers, xattrs, sparse). It ends with two zero blocks, whatever follows them, or
 * where the file ends at a header's place.
 * @param size of the archive in bytes.
 * @param start where it begins in the file; offsets of entries count from the file's first byte.
 * @throws TskitError `archive` when it is truncated, damaged or holds an entry type that has no meaning in a layer.
 */
export function* readTar(fd: number, size: number, start = 0): Generator<TarEntry> {
  const end = start + size;
  const window = new BlockWindow(fd, end);
  const globals: PaxRecords = new Map();
  let extension: Extension = {};
  for (let at = start; at < end; ) {
    const block = window.block(at);
    if (isZeroBlock(block)) {
      checkEnd(window, at, end);
      break;
    }
    const header = parseHeader(block, at);
    const data = at + blockSize;
    if ('xgLK'.includes(header.typeflag)) {
      const body = window.body(data, header.size, at);
      if (header.typeflag === 'g') {
        parsePax(body, at).forEach((value, key) => globals.set(key, Buffer.from(value)));
      } else {
        extension = extend(extension, header.typeflag, body, at);
      }
      at = data + padded(header.size);
      continue;
    }
    const { entry, end: next } = entryOf(header, block, at, extension, globals, (offset) => window.block(offset));
    if (next > end) {
      throw tarError(
        at,
        `"${textOf(entry.path)}" needs ${next - data} bytes of content, the archive ends after ${end - data}`,
      );
    }
    yield entry;
    extension = {};
    at = start + padded(next - start);
  }
}

function checkEnd(window: BlockWindow, at: number, end: number): void {
  const next = at + blockSize;
  if (next < end && !isZeroBlock(window.block(next))) {
    throw tarError(at, 'a single zero block in the middle of the archive');
  }
}
