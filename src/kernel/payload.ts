// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { ContentReader } from '../content.ts';
import type { BuildContext } from '../context.ts';
import { TskitError } from '../errors.ts';
import { type Content, contentSize, partOf } from '../file-tree.ts';
import { type Compression, compressionOf, expandAll } from './expand.ts';

/** A kernel with everything built in and all of its debugging symbols is below this. */
const maxKernelSize = 1024 * 1024 * 1024;

// The Linux/x86 boot protocol (Documentation/arch/x86/boot.rst), "The Real-Mode Kernel Header".
const header = {
  setupSectors: 0x1f1,
  bootFlag: 0x1fe,
  magic: 0x202,
  version: 0x206,
  payloadOffset: 0x248,
  payloadLength: 0x24c,
  end: 0x250,
} as const;
const bootFlag = 0xaa55;
/** The first version that says where the payload is. */
const payloadVersion = 0x0208;
const sectorSize = 512;
/** The build of the kernel puts the unpacked size behind what it compresses, but for gzip, which has it of its own. */
const sizeField = 4;

/** Who wants a kernel decompressed, for messages. */
export interface Wish {
  readonly by: string;
  readonly hint: string;
}

const onRequest: Wish = {
  by: '--decompress-kernel',
  hint: 'leave --decompress-kernel out: bootloaders and QEMU take the kernel as it is',
};

/** Compressions of kernels that are told from their first bytes but not decompressed, by those bytes. */
const others: readonly (readonly [magic: string, name: string])[] = [
  ['425a68', 'bzip2'],
  ['894c5a4f', 'LZO'],
  ['5d0000', 'LZMA'],
];

/**
 * The kernel that is inside a kernel's file: the payload of an x86 bzImage (its vmlinux), or what a file compressed as a whole
 * holds (arm64's Image.gz). A kernel that is not compressed stays as it is.
 * @throws TskitError `format` for what tskit cannot decompress, `archive` when it is damaged.
 */
export async function decompressKernel(
  content: Content,
  name: string,
  ctx: BuildContext,
  wish: Wish = onRequest,
): Promise<Content> {
  using reader = new ContentReader();
  const whole = compressionOf(content, reader);
  if (whole !== undefined) return await expand(content, name, whole, ctx);
  const payload = payloadOf(content, name, wish, reader);
  if (payload === undefined) {
    const found = magicOf(content, reader);
    if (isPlainKernel(content, reader)) {
      if (wish === onRequest) ctx.reporter.note(`${wish.by}: "${name}" is not compressed, it is written as it is`);
      return content;
    }
    const compression = otherCompression(found);
    throw cannot(wish, name, compression ?? `a file that begins with ${found}`);
  }
  const compression = compressionOf(payload, reader);
  if (compression === undefined) {
    const found = magicOf(payload, reader);
    throw cannot(wish, name, otherCompression(found) ?? `a payload that begins with ${found}`);
  }
  if (compression === 'gzip') return await expand(payload, name, compression, ctx);
  const size = contentSize(payload) - sizeField;
  const expected = reader.part(payload, size, sizeField).readUInt32LE();
  const expanded = await expand(partOf(payload, 0, size), name, compression, ctx);
  if (contentSize(expanded) % 2 ** 32 !== expected) {
    throw new TskitError(
      'archive',
      `decompressing "${name}": expected ${expected} bytes as the kernel says, found ${contentSize(expanded)}`,
    );
  }
  return expanded;
}

async function expand(content: Content, name: string, compression: Compression, ctx: BuildContext): Promise<Content> {
  const [expanded] = await expandAll([{ name, content, compression }], maxKernelSize, ctx);
  if (expanded === undefined) throw new Error('expandAll lost the kernel');
  return expanded;
}

/** Undefined for what is no bzImage. */
function payloadOf(content: Content, name: string, wish: Wish, reader: ContentReader): Content | undefined {
  if (contentSize(content) < header.end) return undefined;
  const block = reader.part(content, 0, header.end);
  const isBzImage =
    block.readUInt16LE(header.bootFlag) === bootFlag &&
    block.toString('latin1', header.magic, header.magic + 4) === 'HdrS';
  if (!isBzImage) return undefined;
  const version = block.readUInt16LE(header.version);
  if (version < payloadVersion) {
    throw cannot(wish, name, `a bzImage of boot protocol ${version >> 8}.${version & 0xff}, which has no payload`);
  }
  const setupSectors = block.readUInt8(header.setupSectors) || 4;
  const offset = (setupSectors + 1) * sectorSize + block.readUInt32LE(header.payloadOffset);
  const length = block.readUInt32LE(header.payloadLength);
  if (length <= sizeField || offset + length > contentSize(content)) {
    throw new TskitError(
      'archive',
      `decompressing "${name}": expected a payload of ${length} bytes at ${offset}, found a file of ${contentSize(content)}`,
      { hint: 'the kernel is damaged' },
    );
  }
  return partOf(content, offset, length);
}

/** An ELF file (x86's vmlinux, s390x), or arm64's Image, which has its magic at byte 56 (Documentation/arch/arm64/booting.rst). */
function isPlainKernel(content: Content, reader: ContentReader): boolean {
  if (contentSize(content) < 64) return false;
  const start = reader.part(content, 0, 64).toString('latin1');
  return start.startsWith('\x7fELF') || start.slice(56, 60) === 'ARM\x64' || start.slice(56, 60) === 'RSC\x05';
}

function magicOf(content: Content, reader: ContentReader): string {
  return reader.part(content, 0, Math.min(8, contentSize(content))).toString('hex');
}

function otherCompression(magic: string): string | undefined {
  return others.find(([start]) => magic.startsWith(start))?.[1];
}

function cannot({ by, hint }: Wish, name: string, found: string): TskitError {
  const expected = 'expected a kernel compressed with gzip, xz, zstd or LZ4';
  return new TskitError('format', `${by}: "${name}": ${expected}, found ${found}`, { hint });
}
