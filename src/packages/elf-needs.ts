// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { ContentReader } from '../content.ts';
import { type Content, contentSize } from '../file-tree.ts';

/** What the dynamic loader is asked for by one program or library. */
export interface ElfNeeds {
  /** The loader itself, an absolute path; libraries have none. */
  readonly interpreter?: string;
  /** Names of libraries (DT_NEEDED). */
  readonly needed: readonly string[];
  /** Folders to look into first (DT_RUNPATH, DT_RPATH), in which "$ORIGIN" stands for the file's own. */
  readonly runPath: readonly string[];
  /** "64-3e": class and machine, which a library must share. */
  readonly machine: string;
}

/** ELF-64 and ELF-32 (gABI, Object Files): where the fields of header, program header and dynamic entry are. */
const layouts = {
  1: { word: 4, phoff: 28, phentsize: 42, phnum: 44, offset: 4, vaddr: 8, filesz: 16, entry: 8 },
  2: { word: 8, phoff: 32, phentsize: 54, phnum: 56, offset: 8, vaddr: 16, filesz: 32, entry: 16 },
} as const;

const segments = { load: 1, dynamic: 2, interp: 3 } as const;
const dynamic = { needed: 1, strtab: 5, strsz: 10, rpath: 15, runpath: 29 } as const;

/** No program has tables of that size; one that says so is not read. */
const tableLimit = 16 * 1024 * 1024;

/** Undefined for what is no ELF file with a dynamic section: a script, a static program, an object file, one that is cut off. */
export function readElfNeeds(content: Content, reader: ContentReader): ElfNeeds | undefined {
  const size = contentSize(content);
  const part = (offset: number, length: number): Buffer | undefined =>
    offset + length <= size && length <= tableLimit ? reader.part(content, offset, length) : undefined;
  const header = part(0, 64);
  if (header === undefined || header.readUInt32BE(0) !== 0x7f454c46) return undefined;
  const layout = layouts[header[4] as 1 | 2];
  if (layout === undefined) return undefined;
  const isBig = header[5] === 2;
  const half = (bytes: Buffer, at: number): number => (isBig ? bytes.readUInt16BE(at) : bytes.readUInt16LE(at));
  const word = (bytes: Buffer, at: number): number => {
    if (layout.word === 4) return isBig ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at);
    return Number(isBig ? bytes.readBigUInt64BE(at) : bytes.readBigUInt64LE(at));
  };
  const entrySize = half(header, layout.phentsize);
  const table = part(word(header, layout.phoff), entrySize * half(header, layout.phnum));
  if (table === undefined || entrySize < layout.filesz + layout.word) return undefined;
  const programs = Array.from({ length: table.length / entrySize }, (_, index) => {
    const at = index * entrySize;
    const type = isBig ? table.readUInt32BE(at) : table.readUInt32LE(at);
    const [offset, vaddr, filesz] = [layout.offset, layout.vaddr, layout.filesz].map((field) =>
      word(table, at + field),
    );
    return { type, offset: offset ?? 0, vaddr: vaddr ?? 0, filesz: filesz ?? 0 };
  });
  const bytesOf = (type: number): Buffer | undefined => {
    const found = programs.find((one) => one.type === type);
    return found === undefined ? undefined : part(found.offset, found.filesz);
  };
  const entries = bytesOf(segments.dynamic);
  if (entries === undefined) return undefined;
  const pairs = Array.from({ length: Math.floor(entries.length / layout.entry) }, (_, index) => ({
    tag: word(entries, index * layout.entry),
    value: word(entries, index * layout.entry + layout.word),
  }));
  const valueOf = (tag: number): number => pairs.find((pair) => pair.tag === tag)?.value ?? 0;
  const address = valueOf(dynamic.strtab);
  const home = programs.find(
    ({ type, vaddr, filesz }) => type === segments.load && address >= vaddr && address < vaddr + filesz,
  );
  const strings = home === undefined ? undefined : part(address - home.vaddr + home.offset, valueOf(dynamic.strsz));
  const textsOf = (...tags: readonly number[]): readonly string[] =>
    pairs.filter(({ tag }) => tags.includes(tag)).map(({ value }) => textAt(strings, value));
  const interpreter = bytesOf(segments.interp);
  return {
    ...(interpreter !== undefined && { interpreter: textAt(interpreter, 0) }),
    needed: textsOf(dynamic.needed),
    runPath: textsOf(dynamic.rpath, dynamic.runpath)
      .flatMap((list) => list.split(':'))
      .filter((folder) => folder !== ''),
    machine: `${layout.word * 8}-${half(header, 18).toString(16)}`,
  };
}

function textAt(strings: Buffer | undefined, at: number): string {
  const end = strings?.indexOf(0, at) ?? -1;
  return strings === undefined || end < 0 ? '' : strings.toString('latin1', at, end);
}
