// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { open } from 'node:fs/promises';

export type Firmware = 'bios' | 'uefi';

/** What a file boots as, found out from its bytes, whatever it is called. */
export interface BootMedia {
  readonly kind: 'disk' | 'iso' | 'efi';
  /** As QEMU's -drive calls it; `vpc` is VHD. */
  readonly format: 'raw' | 'qcow2' | 'vmdk' | 'vpc' | 'vhdx';
}

const headSize = 64 << 10;
/** Of a volume descriptor of ISO 9660 (ECMA-119, 8.1.2), in the first one. */
const isoMagicOffset = 16 * 2048 + 1;

/** The file's kind; undefined when nothing in it says that it boots. */
export async function readBootMedia(file: string): Promise<BootMedia | undefined> {
  await using handle = await open(file);
  const { size } = await handle.stat();
  const read = async (position: number, length: number): Promise<Buffer> => {
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(length), position });
    return buffer.subarray(0, bytesRead);
  };
  const head = await read(0, headSize);
  const startsWith = (text: string, offset = 0): boolean =>
    head.subarray(offset, offset + text.length).equals(Buffer.from(text, 'latin1'));
  if (startsWith('QFI\xfb')) return { kind: 'disk', format: 'qcow2' };
  if (startsWith('KDMV') || startsWith('# Disk DescriptorFile')) return { kind: 'disk', format: 'vmdk' };
  if (startsWith('vhdxfile')) return { kind: 'disk', format: 'vhdx' };
  // A VHD's footer ends the file; a dynamic one has a copy at its start.
  const footer = size > 512 ? await read(size - 512, 8) : Buffer.alloc(0);
  if (startsWith('conectix') || footer.toString('latin1') === 'conectix') return { kind: 'disk', format: 'vpc' };
  // Before the disk's: a hybrid ISO is both.
  if (startsWith('CD001', isoMagicOffset)) return { kind: 'iso', format: 'raw' };
  if (startsWith('MZ') && isPe(head)) return { kind: 'efi', format: 'raw' };
  if (head.length > 512 && head.readUInt16LE(510) === 0xaa55) return { kind: 'disk', format: 'raw' };
  return undefined;
}

function isPe(head: Buffer): boolean {
  const offset = head.readUInt32LE(0x3c);
  return offset + 4 <= head.length && head.toString('latin1', offset, offset + 4) === 'PE\0\0';
}
