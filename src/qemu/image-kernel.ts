// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createReadStream, createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';

const blockSize = 1 << 20;
/** Where the boot protocol's header has its signatures (Documentation/arch/x86/boot.rst). */
const [bootFlagOffset, magicOffset, headerEnd] = [0x1fe, 0x202, 0x210];
/** What holds a kernel begins on a sector: files of FAT and ISO 9660 do, and sections of a unified kernel image. */
const sector = 512;
/** A kernel lies in the first partition. */
const searched = 512 << 20;

/**
 * Copies the kernel out of an image, found by the header of x86's boot protocol, to `to`. Builds write it in one piece. False
 * when there is none. It is for the proof of KVM only: a piece that is no whole kernel proves nothing, and nothing else.
 */
export async function copyKernelOf(image: string, to: string): Promise<boolean> {
  const found = await findKernel(image);
  if (found === undefined) return false;
  await pipeline(
    createReadStream(image, { start: found.offset, end: found.offset + found.size - 1 }),
    createWriteStream(to),
  );
  return true;
}

async function findKernel(image: string): Promise<{ offset: number; size: number } | undefined> {
  await using handle = await open(image);
  const buffer = Buffer.alloc(blockSize + headerEnd);
  for (let position = 0; position < searched; position += blockSize) {
    const { bytesRead } = await handle.read({ buffer, position });
    if (bytesRead < headerEnd) return undefined;
    for (let at = 0; at < blockSize && at + headerEnd <= bytesRead; at += sector) {
      if (buffer.readUInt16LE(at + bootFlagOffset) !== 0xaa55 || buffer.readUInt32LE(at + magicOffset) !== 0x53726448)
        continue;
      // setup_sects and syssize; a size of 0 is a kernel older than any that boots here.
      const [setupSectors, paragraphs] = [buffer[at + 0x1f1] || 4, buffer.readUInt32LE(at + 0x1f4)];
      if (paragraphs > 0) return { offset: position + at, size: (setupSectors + 1) * sector + paragraphs * 16 };
    }
  }
  return undefined;
}
