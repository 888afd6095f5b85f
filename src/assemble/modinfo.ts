// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { ContentReader } from '../content.ts';
import { TskitError } from '../errors.ts';
import { type Content, contentSize } from '../file-tree.ts';

/** What a kernel module says of itself. */
export interface ModuleInfo {
  /** Patterns of devices it drives and names it answers to, as written. */
  readonly aliases: readonly string[];
  /** Modules whose symbols it uses, direct ones only. */
  readonly depends: readonly string[];
  /** Modules to load before it where there are such. */
  readonly pre: readonly string[];
  /** Modules to load after it where there are such. */
  readonly post: readonly string[];
}

// ELF64 (elf(5)): offsets in the file header and in one section header.
const fileHeaderSize = 64;
const sectionHeaderSize = 64;
/** Modules have some dozens of sections; with -ffunction-sections a few thousand. */
const maxSections = 65_535;

/**
 * The .modinfo section of a module, read by position without reading the rest. Throws `format` when it is not such a
 * file.
 */
export function readModinfo(content: Content, reader: ContentReader): ModuleInfo {
  const header = part(content, reader, 0, fileHeaderSize);
  // Magic, class 2 (64 bit), data 1 (little endian): every platform that is built for.
  if (header.readUInt32BE(0) !== 0x7f454c46 || header[4] !== 2 || header[5] !== 1) {
    throw new TskitError('format', 'expected a 64-bit little-endian ELF file, found something else');
  }
  const tableStart = Number(header.readBigUInt64LE(40));
  const count = header.readUInt16LE(60);
  const table = part(content, reader, tableStart, count * sectionHeaderSize);
  if (header.readUInt16LE(58) !== sectionHeaderSize || count === 0 || count > maxSections) {
    throw new TskitError('format', `expected a table of sections, found ${count} of ${header.readUInt16LE(58)} bytes`);
  }
  const names = section(content, reader, table, header.readUInt16LE(62));
  for (let index = 0; index < count; index++) {
    if (nameAt(names, table.readUInt32LE(index * sectionHeaderSize)) === '.modinfo') {
      return parseModinfo(section(content, reader, table, index));
    }
  }
  throw new TskitError('format', 'expected a section .modinfo, found none');
}

/** `key=value` strings, each ended by a NUL; between them there may be more NULs. */
export function modinfoFields(bytes: Buffer): readonly (readonly [key: string, value: string])[] {
  return bytes
    .toString('latin1')
    .split('\0')
    .flatMap((field) => {
      const equals = field.indexOf('=');
      return equals === -1 ? [] : [[field.slice(0, equals), field.slice(equals + 1)] as const];
    });
}

/**
 * Names of modules and aliases are the same with '-' and '_' (modprobe(8)); inside of a bracket expression '-' is a
 * range.
 */
export function normalise(name: string): string {
  return name.replaceAll(/\[[^\]]*\]|-/g, (part) => (part === '-' ? '_' : part));
}

function parseModinfo(bytes: Buffer): ModuleInfo {
  const fields = modinfoFields(bytes);
  const all = (key: string) => fields.filter(([name]) => name === key).map(([, value]) => value);
  const soft = all('softdep').map(parseSoftDependencies);
  return {
    aliases: all('alias'),
    depends: all('depends').flatMap((value) => value.split(',').filter(Boolean).map(normalise)),
    pre: soft.flatMap(({ pre }) => pre),
    post: soft.flatMap(({ post }) => post),
  };
}

/** "pre: a b post: c" (modprobe.d(5)); names before either word count for nothing, as in kmod. */
function parseSoftDependencies(text: string): { pre: string[]; post: string[] } {
  const pre: string[] = [];
  const post: string[] = [];
  let current: string[] | undefined;
  for (const word of text.split(/\s+/).filter(Boolean)) {
    if (word === 'pre:') current = pre;
    else if (word === 'post:') current = post;
    else current?.push(normalise(word));
  }
  return { pre, post };
}

function section(content: Content, reader: ContentReader, table: Buffer, index: number): Buffer {
  const at = index * sectionHeaderSize;
  if (at + sectionHeaderSize > table.length) throw new TskitError('format', `expected a section ${index}, found none`);
  const offset = Number(table.readBigUInt64LE(at + 24));
  return part(content, reader, offset, Number(table.readBigUInt64LE(at + 32)));
}

function part(content: Content, reader: ContentReader, start: number, length: number): Buffer {
  const size = contentSize(content);
  if (start + length > size) {
    throw new TskitError('format', `expected ${length} bytes at ${start}, found the end of the file at ${size}`);
  }
  return reader.part(content, start, length);
}

function nameAt(names: Buffer, start: number): string {
  const end = names.indexOf(0, start);
  return names.toString('latin1', start, end === -1 ? names.length : end);
}
