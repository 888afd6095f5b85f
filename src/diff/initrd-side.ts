// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash, type Hash } from 'node:crypto';
import { type CpioHeader, CpioReader } from '../archive/cpio-reader.ts';
import { InitrdFile, type InitrdPart } from '../archive/initrd-parts.ts';
import { ContentReader } from '../content.ts';
import { type Bytes, type Content, contentSize, textOf } from '../file-tree.ts';
import type { BuildContext } from '../context.ts';
import { maxDatabase, type ReadRoot } from '../installed/read-root.ts';
import {
  isWantedText,
  type PartEntries,
  type PartEntry,
  type ReadParts,
  rememberPart,
  storedDigest,
} from './known-parts.ts';
import type { DiffFile } from './side.ts';

/** The root that an initrd unpacks to. Contents pass through; what is kept of a file is its digest. */
export async function readInitrd(
  path: string,
  known: ReadParts,
  ctx: BuildContext,
): Promise<{ readonly files: ReadonlyMap<Bytes, DiffFile>; readonly root: ReadRoot }> {
  const files = new Map<Bytes, DiffFile>();
  const texts = new Map<Bytes, Buffer>();
  await using file = await InitrdFile.open(path);
  const collector = new Collector();
  for (let part = file.partAt(0), end = 0; part !== undefined; part = file.partAt(end)) {
    const read = await readPart(file, part, collector, known, ctx);
    end = read.end;
    for (const [name, entry, text] of read.entries) {
      if (name === '') continue;
      files.set(name, entry);
      if (text === undefined) texts.delete(name);
      else texts.set(name, text);
    }
  }
  collector.reader.finish();
  return {
    files,
    root: {
      paths: () => files.keys(),
      text: (name) => textOfBuffer(texts.get(name)),
      link: (name) => linkOf(files.get(name)),
    },
  };
}

/** The files of an archive that is not compressed: CPU microcode, which the kernel unpacks like the rest. */
export function filesOfCpio(content: Content): ReadonlyMap<Bytes, DiffFile> {
  const collector = new Collector();
  using reader = new ContentReader();
  collector.reader.push(reader.part(content, 0, contentSize(content)), true);
  return new Map(collector.taken().map(([name, file]) => [name, file]));
}

async function readPart(
  file: InitrdFile,
  part: InitrdPart,
  collector: Collector,
  known: ReadParts,
  ctx: BuildContext,
): Promise<{ readonly entries: PartEntries; readonly end: number }> {
  const { reader } = collector;
  let end = 0;
  const read = async (): Promise<PartEntries> => {
    end = await file.read(part, (chunk) => reader.push(chunk, part.compression === 'none'), ctx.signal);
    return collector.taken();
  };
  // A frame may also hold only a piece of an archive; such a one means nothing by itself.
  if (part.end === undefined || !reader.atRest) return { entries: await read(), end };
  const key = await storedDigest(file, part);
  const entries = known.get(key) ?? (await rememberPart(key, part.end - part.start, read, () => reader.atRest, ctx));
  if (reader.atRest) known.set(key, entries);
  return { entries, end: part.end };
}

function linkOf(file: DiffFile | undefined): string | undefined {
  return file?.type === 'symlink' ? textOf(file.detail) : undefined;
}

function textOfBuffer(data: Buffer | undefined): string | undefined {
  return data === undefined ? undefined : textOf(data.toString('latin1'));
}

/** Turns the entries of archives into files. */
class Collector {
  readonly reader: CpioReader = new CpioReader({
    entry: (header) => this.#begin(header),
    end: () => this.#end(),
    archiveEnd: () => this.#archiveEnd(),
  });
  #entries: PartEntry[] = [];
  #header: CpioHeader | undefined;
  #hash: Hash | undefined;
  #chunks: Buffer[] | undefined;
  /** Indexes of entries of this archive by inode: of hard links one has the content. */
  #links = new Map<number, number[]>();

  taken(): PartEntries {
    const entries = this.#entries;
    this.#entries = [];
    return entries;
  }

  #begin(header: CpioHeader): ((chunk: Buffer) => void) | undefined {
    this.#header = header;
    const type = typeOf(header.mode);
    this.#hash = type === 'file' ? createHash('sha256') : undefined;
    const keeps = type === 'symlink' || (isWantedText(normal(header.path)) && header.size <= maxDatabase);
    this.#chunks = keeps ? [] : undefined;
    return (chunk) => {
      this.#hash?.update(chunk);
      this.#chunks?.push(Buffer.from(chunk));
    };
  }

  #end(): void {
    const header = this.#header;
    if (header === undefined) return;
    const { path, mode, uid, gid, size, major, minor, nlink, ino } = header;
    const type = typeOf(mode);
    const kept = this.#chunks && Buffer.concat(this.#chunks);
    const digest = this.#hash?.digest('hex') ?? '';
    const detail =
      type === 'symlink' ? (kept?.toString('latin1') ?? '') : /^(char|block)$/.test(type) ? `${major}:${minor}` : '';
    const file: DiffFile = {
      type,
      mode: type === 'symlink' ? 0o777 : mode & 0o7777,
      uid,
      gid,
      size: type === 'file' ? size : 0,
      detail,
      identity: digest,
      digest: () => digest,
    };
    if (type === 'file' && nlink > 1) this.#links.set(ino, [...(this.#links.get(ino) ?? []), this.#entries.length]);
    this.#entries.push([normal(path), file, type === 'file' ? kept : undefined]);
  }

  #archiveEnd(): void {
    for (const indexes of this.#links.values()) {
      const full = indexes.map((index) => this.#entries[index]).findLast((entry) => (entry?.[1].size ?? 0) > 0);
      if (full === undefined) continue;
      for (const index of indexes) {
        const entry = this.#entries[index];
        if (entry !== undefined) this.#entries[index] = [entry[0], full[1], full[2]];
      }
    }
    this.#links.clear();
  }
}

/** "./etc//hosts" and "/etc/hosts" are one path to the kernel. */
function normal(path: Bytes): Bytes {
  return path
    .split('/')
    .filter((name) => name !== '' && name !== '.')
    .join('/') as Bytes;
}

/** The type bits of st_mode (inode(7)). */
function typeOf(mode: number): DiffFile['type'] {
  switch (mode & 0o170000) {
    case 0o040000:
      return 'directory';
    case 0o120000:
      return 'symlink';
    case 0o020000:
      return 'char';
    case 0o060000:
      return 'block';
    case 0o010000:
      return 'fifo';
    default:
      return 'file';
  }
}
