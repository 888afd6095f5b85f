// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// A compiled filter as a file: in the runtime's cache, and in a bundle whose filter was compiled when the image was built.

import { instructionSize, mostInstructions } from './assemble.ts';
import type { CompiledFilter } from './compile.ts';

/** Name of the file in a bundle, beside config.json. */
export const bundleFilterName = 'seccomp.bpf';

/** "TSB1", of which the 1 is the layout's version. A file is five numbers of 32 bits, little-endian; the source; the program. */
const magic = 0x3142_5354;
const headerSize = 20;

/** A filter file, read. */
export interface FilterFile {
  /** What the filter was compiled from, as UTF-8: see filterSource. */
  readonly source: Uint8Array;
  readonly filter: CompiledFilter;
}

/**
 * All that a filter depends on: `section` is linux.seccomp as JSON on one line, `version` that of the compiler. Equal sources
 * mean equal filters, so whoever reads a file compares the whole of it.
 */
export function filterSource(section: string, version: string, native: string): string {
  return filterCompiler(version, native) + section;
}

/** The part of a source that comes before the section. */
export function filterCompiler(version: string, native: string): string {
  return `${version} ${native} `;
}

/** The file's bytes. */
export function encodeFilterFile({ source, filter: { program, flags } }: FilterFile): Uint8Array {
  const bytes = new Uint8Array(headerSize + source.length + program.length);
  const header = new DataView(bytes.buffer);
  const numbers = [magic, flags, source.length, program.length, checksum(program, flags)];
  numbers.forEach((value, index) => header.setUint32(4 * index, value, true));
  bytes.set(source, headerSize);
  bytes.set(program, headerSize + source.length);
  return bytes;
}

/** Undefined when the bytes are not such a file, whole and as it was written. */
export function decodeFilterFile(bytes: Uint8Array): FilterFile | undefined {
  const file = splitFilterFile(bytes);
  if (file === undefined) return undefined;
  const { program, flags } = file.filter;
  return checksum(program, flags) === file.checksum ? { source: file.source, filter: file.filter } : undefined;
}

/** As decodeFilterFile, of a file that nothing can have happened to: `checksum` is what the file says of itself. */
export function splitFilterFile(bytes: Uint8Array): (FilterFile & { readonly checksum: number }) | undefined {
  if (bytes.length < headerSize) return undefined;
  const header = new DataView(bytes.buffer, bytes.byteOffset, headerSize);
  const [found, flags, sourceLength, programLength, sum = 0] = [0, 1, 2, 3, 4].map((at) => header.getUint32(4 * at, true));
  if (found !== magic || flags === undefined || sourceLength === undefined || programLength === undefined) return undefined;
  if (bytes.length !== headerSize + sourceLength + programLength) return undefined;
  if (programLength === 0 || programLength % instructionSize !== 0) return undefined;
  if (programLength > mostInstructions * instructionSize) return undefined;
  const source = bytes.subarray(headerSize, headerSize + sourceLength);
  const program = bytes.slice(headerSize + sourceLength);
  return { source, filter: { program, flags }, checksum: sum };
}

/** Against a file that a crash cut or emptied, not against who may write it. FNV-1a over 32-bit words. */
function checksum(program: Uint8Array, flags: number): number {
  const words = new DataView(program.buffer, program.byteOffset, program.byteLength);
  let sum = 0x811c9dc5 ^ flags;
  for (let at = 0; at < program.length; at += 4) sum = Math.imul(sum ^ words.getUint32(at, true), 0x01000193);
  return sum >>> 0;
}
