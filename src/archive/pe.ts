// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** Where fields are in the headers (Microsoft, PE Format: "COFF File Header", "Optional Header", "Section Table"). */
const coffSize = 24;
const sectionHeaderSize = 40;
const pe32Plus = 0x20b;
/** Sections of other firmware drivers are on pages of their own; so are ours, whatever the image's own alignment is. */
const pageSize = 4096;
/** Initialized data that can be read and not written. */
const dataCharacteristics = 0x4000_0040;
const certificateDirectory = 4;

/** Machine types that kernels and boot loaders of ours have. */
export const peMachines = { x86_64: 0x8664, arm64: 0xaa64 } as const;

/** An executable as its headers describe it; offsets are bytes of the file. */
export interface PeHeaders {
  readonly machine: number;
  /** Of the signature in front of the COFF header. */
  readonly coffOffset: number;
  readonly optionalOffset: number;
  readonly sectionTableOffset: number;
  readonly sectionAlignment: number;
  readonly fileAlignment: number;
  readonly sizeOfHeaders: number;
  readonly checksumOffset: number;
  /** Of the entry that says where signatures are. */
  readonly certificateEntryOffset: number;
  readonly sections: readonly PeSection[];
}

export interface PeSection {
  readonly name: string;
  readonly virtualAddress: number;
  /** Bytes that are in use, without padding. */
  readonly virtualSize: number;
  readonly rawOffset: number;
  /** Bytes in the file, a multiple of the file alignment. */
  readonly rawSize: number;
}

/** A section to be appended: contents come later. */
export interface NewSection {
  /** At most eight characters. */
  readonly name: string;
  readonly size: number;
}

/** An executable to which sections were appended. */
export interface ExtendedPe {
  /** All of it in front of the first new section's content. */
  readonly head: Buffer;
  /** The new sections; between their contents is padding up to the next one's offset, and behind the last up to `size`. */
  readonly added: readonly PeSection[];
  /** Of the whole file. */
  readonly size: number;
}

/**
 * Reads the headers of a 64-bit executable from the beginning of its file.
 * @returns undefined for what is none.
 */
export function readPeHeaders(start: Buffer): PeHeaders | undefined {
  if (start.length < 64 || start.toString('latin1', 0, 2) !== 'MZ') return undefined;
  const coffOffset = start.readUInt32LE(0x3c);
  const optionalOffset = coffOffset + coffSize;
  if (optionalOffset + 112 > start.length || start.readUInt32LE(coffOffset) !== 0x4550) return undefined;
  if (start.readUInt16LE(optionalOffset) !== pe32Plus) return undefined;
  const sectionTableOffset = optionalOffset + start.readUInt16LE(coffOffset + 20);
  const count = start.readUInt16LE(coffOffset + 6);
  const directories = start.readUInt32LE(optionalOffset + 108);
  if (sectionTableOffset + count * sectionHeaderSize > start.length || directories <= certificateDirectory) {
    return undefined;
  }
  return {
    machine: start.readUInt16LE(coffOffset + 4),
    coffOffset,
    optionalOffset,
    sectionTableOffset,
    sectionAlignment: start.readUInt32LE(optionalOffset + 32),
    fileAlignment: start.readUInt32LE(optionalOffset + 36),
    sizeOfHeaders: start.readUInt32LE(optionalOffset + 60),
    checksumOffset: optionalOffset + 64,
    certificateEntryOffset: optionalOffset + 112 + certificateDirectory * 8,
    sections: Array.from({ length: count }, (_, index) =>
      readSection(start, sectionTableOffset + index * sectionHeaderSize),
    ),
  };
}

function readSection(bytes: Buffer, at: number): PeSection {
  return {
    name: bytes.toString('latin1', at, at + 8).replace(/\0+$/, ''),
    virtualSize: bytes.readUInt32LE(at + 8),
    virtualAddress: bytes.readUInt32LE(at + 12),
    rawSize: bytes.readUInt32LE(at + 16),
    rawOffset: bytes.readUInt32LE(at + 20),
  };
}

/**
 * Appends sections of data to an executable: each on pages of its own behind what the executable maps, in their order. Where its
 * section table has no room for them its contents move back in the file. Of the headers only those fields change that count
 * sections and sizes; the checksum is zero (see peDigests), debugging symbols are left out, and a signature, which would no
 * longer be right, is refused.
 * @throws RangeError for what is no 64-bit executable, is signed, or grows beyond 4 GiB.
 */
export function appendSections(executable: Buffer, sections: readonly NewSection[]): ExtendedPe {
  const headers = readPeHeaders(executable);
  if (headers === undefined) throw new RangeError('expected a 64-bit executable, found something else');
  if (executable.readUInt32LE(headers.certificateEntryOffset) !== 0) {
    throw new RangeError('expected an executable without a signature, found one');
  }
  const tableEnd = headers.sectionTableOffset + (headers.sections.length + sections.length) * sectionHeaderSize;
  const sizeOfHeaders = Math.max(headers.sizeOfHeaders, alignUp(tableEnd, headers.fileAlignment));
  const shift = sizeOfHeaders - headers.sizeOfHeaders;
  const firstMapped = Math.min(...headers.sections.map(({ virtualAddress }) => virtualAddress));
  if (sizeOfHeaders > firstMapped) throw new RangeError('the section table has no room for more sections');
  const bodyEnd = Math.max(
    headers.sizeOfHeaders,
    ...headers.sections.map(({ rawOffset, rawSize }) => rawOffset + rawSize),
  );
  const added = place(headers, sections, alignUp(bodyEnd + shift, headers.fileAlignment));
  const head = Buffer.alloc(alignUp(bodyEnd + shift, headers.fileAlignment));
  executable.copy(head, 0, 0, headers.sizeOfHeaders);
  executable.copy(head, sizeOfHeaders, headers.sizeOfHeaders, bodyEnd);
  writeHeaders(head, headers, added, sizeOfHeaders, shift);
  const last = added.at(-1);
  return { head, added, size: last === undefined ? head.length : last.rawOffset + last.rawSize };
}

function place(headers: PeHeaders, sections: readonly NewSection[], rawStart: number): readonly PeSection[] {
  const alignment = Math.max(headers.sectionAlignment, pageSize);
  const added: PeSection[] = [];
  let virtual = Math.max(...headers.sections.map(({ virtualAddress, virtualSize }) => virtualAddress + virtualSize));
  let raw = rawStart;
  for (const { name, size } of sections) {
    const section = {
      name,
      virtualAddress: alignUp(virtual, alignment),
      virtualSize: size,
      rawOffset: raw,
      rawSize: alignUp(size, headers.fileAlignment),
    };
    added.push(section);
    virtual = section.virtualAddress + size;
    raw += section.rawSize;
    if (Math.max(virtual, raw) > 0xffff_ffff - alignment) {
      throw new RangeError(`section "${name}" reaches beyond the 4 GiB that an executable has`);
    }
  }
  return added;
}

function writeHeaders(
  head: Buffer,
  headers: PeHeaders,
  added: readonly PeSection[],
  sizeOfHeaders: number,
  shift: number,
): void {
  const { optionalOffset, coffOffset, sectionTableOffset, sections, sectionAlignment } = headers;
  for (const [index, { rawOffset, rawSize }] of sections.entries()) {
    const at = sectionTableOffset + index * sectionHeaderSize;
    if (rawSize > 0) head.writeUInt32LE(rawOffset + shift, at + 20);
  }
  for (const [index, section] of added.entries()) {
    const at = sectionTableOffset + (sections.length + index) * sectionHeaderSize;
    const name = Buffer.from(section.name, 'latin1');
    if (name.length > 8) throw new RangeError(`section "${section.name}", expected a name of at most 8 bytes`);
    head.fill(0, at, at + sectionHeaderSize);
    head.set(name, at);
    head.writeUInt32LE(section.virtualSize, at + 8);
    head.writeUInt32LE(section.virtualAddress, at + 12);
    head.writeUInt32LE(section.rawSize, at + 16);
    head.writeUInt32LE(section.rawOffset, at + 20);
    head.writeUInt32LE(dataCharacteristics, at + 36);
  }
  head.writeUInt16LE(sections.length + added.length, coffOffset + 6);
  // Symbols for debuggers lie behind the sections, where they are not copied from.
  head.writeUInt32LE(0, coffOffset + 16);
  head.writeUInt32LE(0, coffOffset + 12);
  const data = added.reduce((sum, { rawSize }) => sum + rawSize, head.readUInt32LE(optionalOffset + 8));
  head.writeUInt32LE(data, optionalOffset + 8);
  const end = Math.max(
    ...[...sections, ...added].map(({ virtualAddress, virtualSize }) => virtualAddress + virtualSize),
  );
  head.writeUInt32LE(alignUp(end, sectionAlignment), optionalOffset + 56);
  head.writeUInt32LE(sizeOfHeaders, optionalOffset + 60);
  head.writeUInt32LE(0, headers.checksumOffset);
}

function alignUp(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment;
}
