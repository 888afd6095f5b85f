// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash, type Hash } from 'node:crypto';
import { readTar, type TarEntry } from '../archive/tar.ts';
import { placedEntries, type PlacedEntry } from '../archive/tar-writer.ts';
import { ContentReader } from '../content.ts';
import type { BuildContext } from '../context.ts';
import { type Content, contentSize } from '../file-tree.ts';
import { throwIfInterrupted } from '../oci/interruption.ts';
import type { Rootfs } from '../rootfs.ts';
import { locationRecord } from './tar-records.ts';
import { systemTrees } from './system-trees.ts';

/** Digest by location of all that an entry of the spec brings ("init[0]"): equal when it is the same to the bit. */
export type Sections = ReadonlyMap<string, string>;

const readSize = 1 << 20;

/** The sections of a system. Reads all of its contents. */
export async function sectionsOf(rootfs: Rootfs, ctx: BuildContext): Promise<Sections> {
  using sections = new SectionHashes(ctx);
  for await (const { tree, prefix, attributionOf } of systemTrees(rootfs)) {
    for (const entry of placedEntries(tree, prefix)) {
      sections.add(attributionOf(entry.inode).location, ...lineOf(entry, ctx.epoch));
    }
  }
  return sections.digests();
}

/** Those of an earlier build's tar, by what its records say; entries without records belong to none. */
export function sectionsOfTar(file: string, fd: number, size: number, ctx: BuildContext): Sections {
  using sections = new SectionHashes(ctx);
  for (const entry of readTar(fd, size)) {
    const location = entry.records.get(locationRecord)?.toString('utf8');
    if (location !== undefined) sections.add(location, ...lineOfTar(entry, file));
  }
  return sections.digests();
}

class SectionHashes implements Disposable {
  readonly #hashes = new Map<string, Hash>();
  readonly #reader = new ContentReader();
  readonly #buffer = Buffer.allocUnsafe(readSize);
  readonly #signal: AbortSignal;

  constructor({ signal }: BuildContext) {
    this.#signal = signal;
  }

  add(location: string, line: readonly unknown[], content: Content | undefined): void {
    throwIfInterrupted(this.#signal);
    let hash = this.#hashes.get(location);
    if (hash === undefined) {
      hash = createHash('sha256');
      this.#hashes.set(location, hash);
    }
    const size = content === undefined ? 0 : contentSize(content);
    hash.update(`${JSON.stringify([...line, size])}\n`);
    if (content === undefined) return;
    for (let done = 0; done < size; ) {
      const count = Math.min(this.#buffer.length, size - done);
      this.#reader.read(content, done, this.#buffer, 0, count);
      hash.update(this.#buffer.subarray(0, count));
      done += count;
    }
  }

  digests(): Sections {
    return new Map([...this.#hashes].map(([location, hash]) => [location, hash.digest('hex')]));
  }

  [Symbol.dispose](): void {
    this.#reader[Symbol.dispose]();
  }
}

type Line = readonly [line: readonly unknown[], content: Content | undefined];

function lineOf({ name, inode, first }: PlacedEntry, epoch: number): Line {
  const { type, mode, uid, gid, mtime } = inode;
  const target = first ?? (inode.type === 'symlink' ? inode.target : '');
  const device = 'major' in inode && first === undefined ? [inode.major, inode.minor] : [0, 0];
  const kind = first === undefined ? type : 'link';
  const clamped = Math.min(Math.max(mtime, 0), epoch);
  return [
    [name, kind, mode, uid, gid, clamped, target, ...device, xattrsOf(inode.xattrs)],
    inode.type === 'file' && first === undefined ? inode.content : undefined,
  ];
}

function lineOfTar(entry: TarEntry, file: string): Line {
  const { path, type, mode, uid, gid, mtime, linkPath, offset, size } = entry;
  const device = type === 'char' || type === 'block' ? [entry.major, entry.minor] : [0, 0];
  // None that a build writes is sparse: such an entry is another's, and differs.
  const content: Content | undefined =
    type === 'file' && entry.sparse === undefined ? { kind: 'range', file, offset, size } : undefined;
  return [[path, type, mode, uid, gid, mtime, linkPath, ...device, xattrsOf(entry.xattrs)], content];
}

function xattrsOf(xattrs: ReadonlyMap<string, Uint8Array> | undefined): readonly string[] {
  return [...(xattrs ?? [])].map(([name, value]) => `${name}=${Buffer.from(value).toString('hex')}`).sort();
}
