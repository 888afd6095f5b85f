// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { ContentReader } from '../content.ts';
import { TskitError } from '../errors.ts';
import { type Bytes, contentSize, type FileTree, type Inode, textOf } from '../file-tree.ts';
import { ChunkBuffer } from './chunk-buffer.ts';
import { typeBits } from './type-bits.ts';

// The newc format (cpio(5), "New ASCII Format"; Linux Documentation/driver-api/early-userspace/buffer-format.rst), as
// the kernel's init/initramfs.c and GNU cpio read it. It is written here and not by cpio-stream 1.4.3, which counts characters
// where the format counts bytes (non-ASCII names come out cut), writes FFFFFFFF for a file of 4 GiB without an error, and
// pads by the content alone.

const magic = '070701';
const trailerName = 'TRAILER!!!' as Bytes;
const headerSize = 110;
const maxField = 0xff_ff_ff_ff;
/** PATH_MAX with its NUL: the kernel skips entries with longer names without a word. */
const maxNameSize = 4096;
/** What the kernel's dev_t holds. */
const maxMajor = 0xfff;
const maxMinor = 0xf_ff_ff;

/** One path of an archive. Paths that share an inode have the same `ino`, and one of them `hasData`. */
export interface CpioEntry {
  readonly path: Bytes;
  readonly inode: Inode;
  /** Counted from 1 within an archive, so that nothing of the build machine shows. */
  readonly ino: number;
  readonly nlink: number;
  readonly hasData: boolean;
}

/**
 * The entries of a tree placed under `prefix` ('' is the root, and the tree's own root is then "."), sorted bytewise, so that
 * directories come before what is in them. The parents of the prefix are included. Of hard links the last has the data, as
 * GNU cpio writes them; the kernel takes it from any, since it links the others by inode number.
 */
export function cpioEntries(tree: FileTree, prefix: Bytes): CpioEntry[] {
  const placed: { path: Bytes; inode: Inode }[] = prefixParents(prefix);
  for (const path of [...tree.keys()].sort()) {
    const inode = tree.get(path);
    if (inode !== undefined) {
      placed.push({ path: joined(prefix, path), inode });
    }
  }
  const links = countLinks(placed);
  const shared = new Map<Inode, { readonly ino: number; left: number }>();
  let lastIno = 0;
  return placed.map(({ path, inode }) => {
    const nlink = (inode.type === 'directory' ? links.directories.get(path) : links.inodes.get(inode)) ?? 1;
    if (inode.type === 'directory' || nlink === 1) {
      lastIno += 1;
      return { path, inode, ino: lastIno, nlink, hasData: true };
    }
    let link = shared.get(inode);
    if (link === undefined) {
      lastIno += 1;
      link = { ino: lastIno, left: nlink };
      shared.set(inode, link);
    }
    link.left -= 1;
    // Symbolic links are not linked by the kernel: each name is made anew and needs the target.
    return { path, inode, ino: link.ino, nlink, hasData: link.left === 0 || inode.type === 'symlink' };
  });
}

export interface CpioOptions {
  /** Upper bound of every time stamp, in seconds. */
  readonly epoch: number;
  /** Whose tree it is, for messages. */
  readonly label: string;
}

/**
 * One whole archive, trailer included, in chunks that are valid as ChunkBuffer says.
 * @throws TskitError `format` for what newc cannot hold (a file of 4 GiB), `store` when a content cannot be read.
 */
export function* encodeCpio(entries: Iterable<CpioEntry>, options: CpioOptions): Generator<Buffer> {
  using reader = new ContentReader();
  const out = new ChunkBuffer();
  for (const entry of entries) {
    yield* out.append(Buffer.from(headerOf(entry, options), 'latin1'));
    const { inode } = entry;
    if (!entry.hasData) {
      continue;
    }
    if (inode.type === 'symlink') {
      yield* out.append(Buffer.from(inode.target, 'latin1'));
      yield* out.append(padding(inode.target.length));
    } else if (inode.type === 'file') {
      yield* out.appendContent(inode.content, reader);
      yield* out.append(padding(contentSize(inode.content)));
    }
  }
  yield* out.append(trailer);
  yield out.rest();
}

/** Header, name and the zeros that round both up to four bytes, as latin1. */
function headerOf(entry: CpioEntry, options: CpioOptions): string {
  const { path, inode } = entry;
  const refuse = (text: string): TskitError =>
    new TskitError('format', `writing "${textOf(path)}" of ${options.label} to the initramfs: ${text}`, {
      hint: 'choose a format that is no initramfs: `tskit build --format tar`',
    });
  const size = entry.hasData ? dataSize(inode) : 0;
  if (size > maxField) {
    throw refuse(`it has ${size} bytes, a cpio archive holds files of less than 4 GiB`);
  }
  if (path.length + 1 > maxNameSize) {
    throw refuse(`its path has ${path.length} bytes, the kernel unpacks at most ${maxNameSize - 1}`);
  }
  const { major, minor } = 'major' in inode ? inode : { major: 0, minor: 0 };
  if (major > maxMajor || minor > maxMinor) {
    throw refuse(`it is the device ${major}:${minor}, Linux has at most ${maxMajor}:${maxMinor}`);
  }
  const mtime = Math.min(Math.max(inode.mtime, 0), options.epoch, maxField);
  const fields = [entry.ino, typeBits[inode.type] | inode.mode, inode.uid, inode.gid, entry.nlink, mtime, size];
  return record([...fields, 0, 0, major, minor], path);
}

function record(fields: readonly number[], name: Bytes): string {
  let text = magic;
  for (const field of [...fields, name.length + 1, 0]) {
    text += field.toString(16).toUpperCase().padStart(8, '0');
  }
  return `${text}${name}\0${'\0'.repeat(-(headerSize + name.length + 1) & 3)}`;
}

// nlink 1 and zeros otherwise, as GNU cpio writes it.
const trailer = Buffer.from(record([0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0], trailerName), 'latin1');

function padding(size: number): Buffer {
  return Buffer.alloc(-size & 3);
}

function dataSize(inode: Inode): number {
  if (inode.type === 'symlink') {
    return inode.target.length;
  }
  return inode.type === 'file' ? contentSize(inode.content) : 0;
}

function joined(prefix: Bytes, path: Bytes): Bytes {
  if (prefix === '') {
    return path === '' ? ('.' as Bytes) : path;
  }
  return path === '' ? prefix : (`${prefix}/${path}` as Bytes);
}

/** The directories above a prefix, which belong to no tree. */
function prefixParents(prefix: Bytes): { path: Bytes; inode: Inode }[] {
  const names = prefix.split('/').slice(0, -1);
  return names.map((_, index) => ({
    path: names.slice(0, index + 1).join('/') as Bytes,
    inode: { type: 'directory', mode: 0o755, uid: 0, gid: 0, mtime: maxField },
  }));
}

/** Names of each inode, and for each directory 2 and its subdirectories, as Linux counts. */
function countLinks(placed: readonly { path: Bytes; inode: Inode }[]): {
  inodes: ReadonlyMap<Inode, number>;
  directories: ReadonlyMap<Bytes, number>;
} {
  const inodes = new Map<Inode, number>();
  const directories = new Map<Bytes, number>();
  for (const { path, inode } of placed) {
    if (inode.type !== 'directory') {
      inodes.set(inode, (inodes.get(inode) ?? 0) + 1);
      continue;
    }
    directories.set(path, 2);
    const slash = path.lastIndexOf('/');
    const parent = (slash === -1 ? '.' : path.slice(0, slash)) as Bytes;
    const count = directories.get(parent);
    if (count !== undefined && path !== '.') {
      directories.set(parent, count + 1);
    }
  }
  return { inodes, directories };
}
