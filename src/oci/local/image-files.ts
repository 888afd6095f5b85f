// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { closeSync, createReadStream, openSync, readSync, type Stats, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { detectCompression } from '../../archive/decompress.ts';
import { readTar, type TarEntry } from '../../archive/tar.ts';
import { TskitError } from '../../errors.ts';
import { textOf } from '../../file-tree.ts';
import { documentLimit } from '../json-fields.ts';
import { errnoOf } from '../store-error.ts';

/** A file of a layout or an archive: the bytes are read where they are, and no path of an archive is ever created. */
export interface FileRange {
  readonly file: string;
  readonly offset: number;
  readonly size: number;
}

/** The files of an image that is on this machine, by their path inside the layout or archive. */
export interface ImageFiles {
  readonly kind: 'layout' | 'archive';
  /** The folder or file, for messages. */
  readonly path: string;
  locate(name: string): FileRange | undefined;
}

const readChunk = 1024 * 1024;
const linkLimit = 8;

/** Opens a folder. Throws `not-found` when it is none. */
export function openFolder(path: string): ImageFiles {
  const stat = statPath(path);
  if (!stat.isDirectory()) {
    throw new TskitError('not-found', `opening "${path}": expected a folder with an OCI layout, found a file`, {
      hint: 'a tar of a layout is written oci-archive:FILE, what `docker save` writes docker-archive:FILE',
    });
  }
  return {
    kind: 'layout',
    path,
    locate(name) {
      const file = join(path, name);
      const found = statSync(file, { throwIfNoEntry: false });
      return found?.isFile() === true ? { file, offset: 0, size: found.size } : undefined;
    },
  };
}

/** Lists a tar by its headers. Throws `not-found`, or `archive` when it is compressed or damaged. */
export async function openTar(path: string): Promise<ImageFiles> {
  const stat = statPath(path);
  if (!stat.isFile()) {
    throw new TskitError('not-found', `opening "${path}": expected a tar archive, found a folder`, {
      hint: 'a folder with an OCI layout is written oci:DIR',
    });
  }
  const compression = await detectCompression(path);
  if (compression !== 'none') {
    throw new TskitError(
      'archive',
      `opening "${path}": expected a plain tar, found one compressed with ${compression}`,
      {
        hint: `unpack it once with \`${compression === 'gzip' ? 'gunzip' : 'unzstd'}\`: the layers inside may stay compressed`,
      },
    );
  }
  const entries = readEntries(path, stat.size);
  return {
    kind: 'archive',
    path,
    locate(name) {
      const entry = followLinks(entries, name);
      return entry?.type === 'file' ? { file: path, offset: entry.offset, size: entry.size } : undefined;
    },
  };
}

/** A small file of an image in memory. Throws `size` above {@link documentLimit}. */
export function readRange({ file, offset, size }: FileRange, subject: string): Buffer {
  if (size > documentLimit) {
    throw new TskitError('size', `${subject}: expected at most ${documentLimit} bytes, found ${size}`);
  }
  const bytes = Buffer.alloc(size);
  const fd = openSync(file, 'r');
  try {
    const read = readSync(fd, bytes, 0, size, offset);
    return bytes.subarray(0, read);
  } finally {
    closeSync(fd);
  }
}

/** A file of an image from `start` on, in large pieces. */
export function streamRange({ file, offset, size }: FileRange, start: number): AsyncIterable<Uint8Array> {
  if (start >= size) {
    return createReadStream('/dev/null');
  }
  return createReadStream(file, { start: offset + start, end: offset + size - 1, highWaterMark: readChunk });
}

function statPath(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    throw new TskitError(
      'not-found',
      `opening "${path}": ${errnoOf(error) === 'ENOENT' ? 'no such file or folder' : String(error)}`,
      {
        hint: "check the path; a relative one starts from the spec's folder",
        cause: error,
      },
    );
  }
}

function readEntries(path: string, size: number): ReadonlyMap<string, TarEntry> {
  const fd = openSync(path, 'r');
  try {
    return new Map(Array.from(readTar(fd, size), (entry) => [normalize(textOf(entry.path)), entry]));
  } catch (error) {
    throw error instanceof TskitError
      ? new TskitError(error.code, `opening "${path}": ${error.message}`, { cause: error })
      : error;
  } finally {
    closeSync(fd);
  }
}

/** `docker save` once wrote equal layers as links to the first of them. */
function followLinks(entries: ReadonlyMap<string, TarEntry>, name: string): TarEntry | undefined {
  let at = normalize(name);
  for (let count = 0; count < linkLimit; count += 1) {
    const entry = entries.get(at);
    if (entry?.type === 'symlink') {
      at = normalize(posix.join(posix.dirname(at), textOf(entry.linkPath)));
    } else if (entry?.type === 'link') {
      at = normalize(textOf(entry.linkPath));
    } else {
      return entry;
    }
  }
  return undefined;
}

function normalize(name: string): string {
  return posix.normalize(name).replace(/^\/+/, '').replace(/\/$/, '');
}
