// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// UDF (ECMA-167) as far as discs for one machine go: one partition, files in one run of blocks or in the entry itself. Azure gives
// its machines such a disc.

import { inFolder, longestFile, longestFolder, type Medium, type ReadDevice, refuseLength, wholeOf } from './medium.ts';

const blockSize = 2048;
/** Where a disc says where its descriptors are (ECMA-167, 3/8.4.2.1). */
const anchorBlock = 256;
const tagAnchor = 2;
const tagPartition = 5;
const tagLogicalVolume = 6;
const tagFileSet = 256;
const tagFileIdentifier = 257;
const tagFileEntry = 261;
const tagExtendedFileEntry = 266;
const mostDescriptors = 64;
const folderType = 4;
const parentFlag = 8;

interface Volume {
  readonly read: ReadDevice;
  /** Of the partition, in bytes. */
  readonly start: number;
}

interface Node {
  readonly isFolder: boolean;
  /** All of it, of at most that many bytes. */
  read(most: number): Uint8Array;
}

/** The file system of a disc; undefined when it is another. */
export function readUdf(read: ReadDevice): Medium | undefined {
  const anchor = descriptor(read(anchorBlock * blockSize, blockSize), tagAnchor);
  if (anchor === undefined) return undefined;
  const first = anchor.getUint32(20, true);
  const count = Math.min(mostDescriptors, Math.floor(anchor.getUint32(16, true) / blockSize));
  const blocks = Array.from({ length: count }, (_, at) => read((first + at) * blockSize, blockSize));
  const one = (tag: number): DataView | undefined => blocks.map((bytes) => descriptor(bytes, tag)).find((view) => view);
  const partition = one(tagPartition);
  const logical = one(tagLogicalVolume);
  if (partition === undefined || logical === undefined || logical.getUint32(212, true) !== blockSize) return undefined;
  const volume: Volume = { read, start: partition.getUint32(188, true) * blockSize };
  // The long_ad of the file set descriptor is in the logical volume's contents use.
  const fileSet = descriptor(blockOf(volume, logical.getUint32(252, true)), tagFileSet);
  if (fileSet === undefined) return undefined;
  const root = openNode(volume, fileSet.getUint32(404, true));
  if (root === undefined) return undefined;
  return { label: dstring(bytesOf(logical, 84, 128)), read: (path) => readPath(volume, root, path) };
}

function bytesOf(view: DataView, at: number, length: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + at, length);
}

function descriptor(bytes: Uint8Array, tag: number): DataView | undefined {
  if (bytes.length < blockSize) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return view.getUint16(0, true) === tag ? view : undefined;
}

function blockOf({ read, start }: Volume, block: number): Uint8Array {
  return read(start + block * blockSize, blockSize);
}

function readPath(volume: Volume, root: Node, path: string): Uint8Array | undefined {
  let at: Node | undefined = root;
  for (const step of path.toLowerCase().split('/')) {
    if (!at?.isFolder) return undefined;
    const folder: Node = at;
    const block = entriesOf(inFolder(() => folder.read(longestFolder))).get(step);
    at = block === undefined ? undefined : openNode(volume, block);
  }
  return at === undefined || at.isFolder ? undefined : at.read(longestFile);
}

/** A file's entry (ECMA-167, 4/14.9 and 4/14.17). */
function openNode(volume: Volume, block: number): Node | undefined {
  const bytes = blockOf(volume, block);
  const plain = descriptor(bytes, tagFileEntry);
  const view = plain ?? descriptor(bytes, tagExtendedFileEntry);
  if (view === undefined) return undefined;
  const [attributes, head] = plain === undefined ? [208, 216] : [168, 176];
  const at = head + view.getUint32(attributes, true);
  const length = Math.min(view.getUint32(attributes + 4, true), blockSize - at);
  const size = Number(view.getBigUint64(56, true));
  const kind = view.getUint16(34, true) & 7;
  return {
    isFolder: bytes[27] === folderType,
    read(most) {
      refuseLength(size, most);
      const table = new DataView(bytes.buffer, bytes.byteOffset + at, Math.max(0, length));
      return wholeOf(
        kind === 3 ? bytes.subarray(at, at + Math.max(0, length)) : readExtents(volume, table, kind, size),
        size,
      );
    },
  };
}

/** short_ad have eight bytes, long_ad sixteen; both begin with length and block. */
function readExtents({ read, start }: Volume, table: DataView, kind: number, wanted: number): Uint8Array {
  const step = kind === 0 ? 8 : 16;
  const whole = new Uint8Array(wanted);
  let done = 0;
  for (let at = 0; at + step <= table.byteLength && done < wanted; at += step) {
    // Its two highest bits say whether it is recorded.
    const length = table.getUint32(at, true) & 0x3fffffff;
    if (length === 0) break;
    const part = read(start + table.getUint32(at + 4, true) * blockSize, Math.min(length, wanted - done));
    whole.set(part, done);
    done += Math.min(length, wanted - done);
  }
  return whole.subarray(0, done);
}

/** Names in lower case, and the blocks of their entries (ECMA-167, 4/14.4). */
function entriesOf(bytes: Uint8Array): ReadonlyMap<string, number> {
  const entries = new Map<string, number>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 38 <= bytes.length && view.getUint16(at, true) === tagFileIdentifier; ) {
    const nameLength = bytes[at + 19] ?? 0;
    const name = at + 38 + view.getUint16(at + 36, true);
    const isParent = ((bytes[at + 18] ?? 0) & parentFlag) !== 0;
    if (!isParent)
      entries.set(
        compressedUnicode(bytes.subarray(name, name + nameLength)).toLowerCase(),
        view.getUint32(at + 24, true),
      );
    at = Math.ceil((name + nameLength - at) / 4) * 4 + at;
  }
  return entries;
}

/** Its last byte is its length (ECMA-167, 1/7.2.12). */
function dstring(bytes: Uint8Array): string {
  return compressedUnicode(bytes.subarray(0, Math.min(bytes.length - 1, bytes.at(-1) ?? 0))).trimEnd();
}

/** OSTA compressed Unicode: the first byte says how many bits a character has. */
function compressedUnicode(bytes: Uint8Array): string {
  const isWide = bytes[0] === 16;
  let text = '';
  for (let at = 1; at < bytes.length; at += isWide ? 2 : 1)
    text += String.fromCharCode(isWide ? ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0) : (bytes[at] ?? 0));
  return text;
}
