// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/**
 * A string in which each character is one byte (latin1 of the raw bytes). Layer paths are bytes, not text: kept this way,
 * JavaScript's own string order is bytewise order and Map keys work for names that are not UTF-8.
 */
export type Bytes = string & { readonly __brand: 'Bytes' };

/** From text of the user's (a spec, a config) to the bytes that it is on disk. */
export function bytesOf(text: string): Bytes {
  return Buffer.from(text, 'utf8').toString('latin1') as Bytes;
}

/** For messages: bytes as text, U+FFFD where they are not UTF-8. */
export function textOf(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** Where a regular file's content is: a range of a file on the host (a blob, a spooled layer), or bytes made by the build. */
export type Content =
  | { readonly kind: 'range'; readonly file: string; readonly offset: number; readonly size: number }
  | { readonly kind: 'inline'; readonly data: Uint8Array };

export function contentSize(content: Content): number {
  return content.kind === 'range' ? content.size : content.data.length;
}

/** `length` bytes of a content from `offset`; the caller knows that it has them. */
export function partOf(content: Content, offset: number, length: number): Content {
  if (content.kind === 'inline') return { kind: 'inline', data: content.data.subarray(offset, offset + length) };
  return { ...content, offset: content.offset + offset, size: length };
}

/**
 * What brought an inode into the system. One object serves all inodes of a layer. It explains a tree and is no part of
 * what the tree is: keys and fingerprints leave it out. Inodes that the build makes of itself have none.
 */
export type Provenance =
  | {
      readonly kind: 'image';
      /** As the spec has it; the first of several for one digest. */
      readonly reference: string;
      /** From the lowest, which is 0. */
      readonly layer: number;
      /** The file of the image that it was unpacked from ("kernel.tar"). */
      readonly archive?: string;
    }
  | {
      readonly kind: 'spec';
      /** "files[2]", "services[0]" */
      readonly entry: string;
    };

interface InodeBase {
  /** Permission bits with setuid, setgid and sticky: 0 to 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since the epoch, whole. */
  readonly mtime: number;
  /** Extended attributes by full name ("security.capability"); absent when there are none. */
  readonly xattrs?: ReadonlyMap<string, Uint8Array>;
  readonly from?: Provenance;
}

/** One inode. Hard links are several paths of a tree that hold the same object. */
export type Inode =
  | (InodeBase & { readonly type: 'file'; readonly content: Content })
  | (InodeBase & { readonly type: 'directory' })
  | (InodeBase & { readonly type: 'symlink'; readonly target: Bytes })
  | (InodeBase & { readonly type: 'char' | 'block'; readonly major: number; readonly minor: number })
  | (InodeBase & { readonly type: 'fifo' });

/**
 * A file system in memory, without its contents: path -> inode. Paths are relative, without leading or trailing slash and
 * without `.`, `..` or empty components; the root directory itself is the empty path. Every parent of a path is a directory
 * of the tree. Iteration order means nothing: writers sort bytewise.
 */
export type FileTree = ReadonlyMap<Bytes, Inode>;

/** A tree that is made only when somebody needs its entries; equal keys mean byte-identical trees. */
export interface LazyTree {
  readonly key: string;
  /** For messages and progress: the image reference or "kernel modules". */
  readonly label: string;
  load(): Promise<FileTree>;
}
