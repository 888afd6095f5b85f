// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Header, type Pack, pack } from 'tar-stream';
import { ContentReader } from '../content.ts';
import { TskitError } from '../errors.ts';
import { type Bytes, bytesOf, type Content, contentSize, type FileTree, type Inode, textOf } from '../file-tree.ts';

const chunkSize = 1024 * 1024;

/** A mode bit that the tar format has no place for: tar-stream takes a mode of 0 for an absent one, and masks this off. */
const presentMode = 0o100000;

type EntryHeader = Partial<Header> & Pick<Header, 'name'>;

const types: Readonly<Record<Inode['type'], Header['type']>> = {
  file: 'file',
  directory: 'directory',
  symlink: 'symlink',
  char: 'character-device',
  block: 'block-device',
  fifo: 'fifo',
};

/**
 * The tree as a tar, always the same bytes for the same tree: sorted, numeric owners without names, whole seconds no later than
 * `epoch`. Of a file with several names the first holds the content and the others are links. The root directory is left out.
 */
export async function* writeTar(tree: FileTree, epoch: number): AsyncGenerator<Uint8Array> {
  const tar = pack();
  const filled = fill(tar, tree, epoch).catch((error: unknown) =>
    tar.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  try {
    yield* tar as AsyncIterable<Uint8Array>;
  } finally {
    tar.destroy();
    await filled;
  }
}

async function fill(tar: Pack, tree: FileTree, epoch: number): Promise<void> {
  using reader = new ContentReader();
  const names = new Map<Inode, string>();
  for (const path of [...tree.keys()].filter((one) => one !== '').sort()) {
    const inode = tree.get(path);
    if (inode === undefined) continue;
    const name = nameOf(path);
    const first = names.get(inode);
    const header = headerOf(name, inode, epoch);
    if (first !== undefined) {
      await writeEntry(tar, { ...header, type: 'link', linkname: first, size: 0 }, []);
      continue;
    }
    if (inode.type !== 'directory') names.set(inode, name);
    await writeEntry(tar, header, inode.type === 'file' ? chunksOf(reader, inode.content) : []);
  }
  tar.finalize();
}

function headerOf(name: string, inode: Inode, epoch: number): EntryHeader {
  return {
    name: inode.type === 'directory' ? `${name}/` : name,
    type: types[inode.type],
    mode: inode.mode | presentMode,
    uid: inode.uid,
    gid: inode.gid,
    mtime: new Date(Math.max(0, Math.min(inode.mtime, epoch)) * 1000),
    size: inode.type === 'file' ? contentSize(inode.content) : 0,
    ...(inode.type === 'symlink' && { linkname: nameOf(inode.target) }),
    ...((inode.type === 'char' || inode.type === 'block') && { devmajor: inode.major, devminor: inode.minor }),
  };
}

/** tar-stream writes names as UTF-8 text. */
function nameOf(path: Bytes): string {
  const text = textOf(path);
  if (bytesOf(text) !== path) {
    throw new TskitError('package', `writing "/${text}" into a tar: expected a name in UTF-8, found other bytes`);
  }
  return text;
}

function* chunksOf(reader: ContentReader, content: Content): Generator<Buffer> {
  const size = contentSize(content);
  for (let at = 0; at < size; at += chunkSize) yield reader.part(content, at, Math.min(chunkSize, size - at));
}

/** Writes one entry, no faster than the tar is read. */
function writeEntry(tar: Pack, header: EntryHeader, chunks: Iterable<Buffer>): Promise<void> {
  return new Promise((resolve, reject) => {
    const entry = tar.entry(header, (error) => (error === undefined || error === null ? resolve() : reject(error)));
    entry.on('error', reject);
    const rest = chunks[Symbol.iterator]();
    const writeOn = (): void => {
      for (let next = rest.next(); next.done !== true; next = rest.next()) {
        if (!entry.write(next.value)) {
          entry.once('drain', writeOn);
          return;
        }
      }
      entry.end(undefined);
    };
    try {
      writeOn();
    } catch (error) {
      reject(error);
    }
  });
}
