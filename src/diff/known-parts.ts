// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash } from 'node:crypto';
import { InitrdFile, type InitrdPart } from '../archive/initrd-parts.ts';
import { remember } from '../facts.ts';
import { keyOf } from '../assemble/key.ts';
import type { BuildContext } from '../context.ts';
import { cachedSegment } from '../emit/segments.ts';
import { readRoot } from '../explain/whole-tree.ts';
import type { Bytes } from '../file-tree.ts';
import { join } from '../inodes.ts';
import type { Rootfs } from '../rootfs.ts';
import type { DiffFile } from './side.ts';
import { filesOfTree } from './tree-side.ts';

/** A path, its file, and the text of one that the comparison itself reads. */
export type PartEntry = readonly [Bytes, DiffFile, Buffer | undefined];

/** What a part of an initrd unpacks to, in order; the same path may come again. */
export type PartEntries = readonly PartEntry[];

/** Parts whose entries are known, by the SHA-256 of their stored bytes: two builds share most of theirs. */
export type ReadParts = Map<string, PartEntries>;

/** Smaller parts are read as fast as a record of them. */
const leastRemembered = 256 * 1024;
/** Counts up when a part's entries are written down in another way. */
const recordVersion = 1;

const wanted =
  /(^|\/)(var\/lib\/dpkg\/status|var\/lib\/dpkg\/status\.d\/[^/]+|lib\/apk\/db\/installed)$|^etc\/tskit\/|^containers\/[^/]+\/[^/]+\/(config|runtime)\.json$/;

/** Whether the comparison itself reads a file: databases of packages, bundles, the boot plan. */
export function isWantedText(path: Bytes): boolean {
  return wanted.test(path);
}

/** The SHA-256 of a part as it is stored. */
export async function storedDigest(file: InitrdFile, part: InitrdPart): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of file.stored(part)) hash.update(chunk);
  return hash.digest('hex');
}

/** Adds the segments that a build has packed of a spec's trees: in an initrd they need not be unpacked. */
export async function addSegments(known: ReadParts, rootfs: Rootfs, ctx: BuildContext): Promise<void> {
  const placed = rootfs.init === undefined ? [] : [{ prefix: '' as Bytes, tree: rootfs.init }];
  for (const each of [...placed, ...rootfs.trees]) {
    const segment = cachedSegment(each, ctx);
    if (segment === undefined || segment.record.size < leastRemembered) continue;
    await using file = await InitrdFile.open(segment.file);
    const part = file.partAt(0);
    if (part === undefined) continue;
    const tree = await each.tree.load();
    const root = readRoot(tree, '' as Bytes);
    const entries = [...filesOfTree(tree)].map(([path, entry]): PartEntry => {
      const whole = join(each.prefix, path);
      const kept = entry.type === 'file' && isWantedText(whole) ? root.text(path) : undefined;
      return [whole, entry, kept === undefined ? undefined : Buffer.from(kept)];
    });
    known.set(await storedDigest(file, part), entries);
  }
}

type Row = readonly [
  path: string,
  type: string,
  mode: number,
  uid: number,
  gid: number,
  size: number,
  detail: string,
  digest: string,
  text?: string,
];

/** The entries of a part, written down in the cache the first time; `isWhole` says afterwards whether they can be. */
export async function rememberPart(
  digest: string,
  size: number,
  read: () => Promise<PartEntries>,
  isWhole: () => boolean,
  ctx: BuildContext,
): Promise<PartEntries> {
  if (size < leastRemembered) return await read();
  let entries: PartEntries | undefined;
  const learn = async (): Promise<readonly Row[]> => {
    entries = await read();
    return isWhole() ? entries.map(rowOf) : [];
  };
  const rows = await remember(ctx.cache, keyOf('part of an initrd', recordVersion, digest), isRows, learn);
  return entries ?? rows.map(entryOf);
}

function rowOf([path, file, text]: PartEntry): Row {
  const { type, mode, uid, gid, size, detail } = file;
  const row = [path, type, mode, uid, gid, size, detail, file.digest()] as const;
  return text === undefined ? row : [...row, text.toString('latin1')];
}

function entryOf([path, type, mode, uid, gid, size, detail, digest, text]: Row): PartEntry {
  const file = { type: type as DiffFile['type'], mode, uid, gid, size, detail, identity: digest, digest: () => digest };
  return [path as Bytes, file, text === undefined ? undefined : Buffer.from(text, 'latin1')];
}

/** An empty list is what a piece of an archive leaves: it is read anew. */
function isRows(value: unknown): value is readonly Row[] {
  const types = ['string', 'string', 'number', 'number', 'number', 'number', 'string', 'string'];
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((row: unknown) => Array.isArray(row) && types.every((type, index) => typeof row[index] === type))
  );
}
