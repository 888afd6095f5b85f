// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readFileSync } from 'node:fs';
import { certificateTable } from '../archive/authenticode.ts';
import {
  appendSections,
  type ExtendedPe,
  type PeHeaders,
  peMachines,
  type PeSection,
  readPeHeaders,
} from '../archive/pe.ts';
import { peDigests, signedChecksum } from '../archive/pe-digests.ts';
import { ContentReader } from '../content.ts';
import type { BuildContext } from '../context.ts';
import { TskitError } from '../errors.ts';
import { type Content, contentSize } from '../file-tree.ts';
import { throwIfInterrupted } from '../oci/interruption.ts';
import { openSigner } from '../secureboot/signer.ts';
import { version } from '../version.ts';
import type { Artifacts } from './artifacts.ts';
import { type BootableSystem, type BootFiles, kernelOf, wholeInitrd } from './boot-files.ts';
import { onceFor } from './once-for.ts';
import type { Sink } from './sink.ts';
import { efiStub, requireTools } from './tools.ts';

/** How much of the contents is in memory at once. */
const chunkSize = 1 << 20;
/** What of a kernel is looked at: its headers. */
const kernelStart = 4096;

/**
 * A unified kernel image: one EFI program with kernel, initrd and command line in sections of it (UAPI group, "Unified Kernel
 * Image"), which firmware starts by itself.
 */
export interface Uki {
  /** Bytes of the file. */
  readonly size: number;
  /** What firmware measures and a signature signs: SHA-256 in hex. */
  readonly authenticode: string;
  readonly sections: readonly UkiSection[];
  /** Writes all of it, as often as it is asked for. */
  write(sink: Sink, ctx: BuildContext): Promise<void>;
}

export interface UkiSection extends PeSection {
  readonly parts: readonly Content[];
}

/**
 * The unified kernel image of boot files, made when the first format asks for it. Nothing of it is in memory or on disk but its
 * headers: contents are ranges of files.
 * @throws TskitError `spec` when there is no kernel, `format` for a kernel that UEFI cannot start and for what is too large.
 */
export const unifiedKernelImage: (files: BootFiles, ctx: BuildContext) => Promise<Uki> = onceFor(makeUki);

async function makeUki(files: BootFiles, ctx: BuildContext): Promise<Uki> {
  const kernel = kernelOf(files, 'uki');
  checkKernel(kernel);
  const initrd = wholeInitrd(files);
  // The kernel comes last: stubs that start it where it lies leave it the room behind the image.
  const contents: readonly (readonly [name: string, parts: readonly Content[]])[] = [
    ['.osrel', [text(osRelease)]],
    ['.cmdline', [text(files.cmdline)]],
    ...(initrd === undefined ? [] : [['.initrd', initrd.parts] as const]),
    ['.linux', [kernel]],
  ];
  const executable = extend(
    await readStub(),
    contents.map(([name, parts]) => ({ name, size: sizeOf(parts) })),
  );
  const sections = executable.added.map((section, index) => ({ ...section, parts: contents[index]?.[1] ?? [] }));
  const headers = readPeHeaders(executable.head);
  if (headers === undefined) throw new Error('headers that were written cannot be read');
  const { head, size } = executable;
  const digests = await peDigests(chunksOf(head, sections, ctx), headers);
  const certificates = await certificatesOf(digests.authenticode, files, ctx);
  writeCertificates(head, headers, digests.checksum, size, certificates);
  return {
    size: size + certificates.length,
    authenticode: digests.authenticode,
    sections,
    write: async (sink, ctx) => {
      for (const chunk of chunksOf(head, sections, ctx)) await sink.write(chunk);
      if (certificates.length > 0) await sink.write(certificates);
    },
  };
}

/** The certificate table behind the image; empty when nobody signs. */
async function certificatesOf(authenticode: string, { signing }: BootFiles, { signal }: BuildContext): Promise<Buffer> {
  if (signing === undefined) return Buffer.alloc(0);
  const { certificate, sign } = openSigner(signing, signal);
  return await certificateTable(Buffer.from(authenticode, 'hex'), certificate, sign);
}

/** Names the certificates in the headers, whose sum they change. The image ends at a multiple of eight by its alignment. */
function writeCertificates(head: Buffer, headers: PeHeaders, sum: number, size: number, certificates: Buffer): void {
  const { certificateEntryOffset: at, checksumOffset } = headers;
  if (certificates.length > 0) {
    head.writeUInt32LE(size, at);
    head.writeUInt32LE(certificates.length, at + 4);
  }
  head.writeUInt32LE(signedChecksum(sum, size, head.subarray(at, at + 8), certificates), checksumOffset);
}

/** What boot menus show. */
const osRelease = `NAME="tskit"\nID=tskit\nVERSION_ID=${version}\nPRETTY_NAME="tskit ${version}"\n`;

function text(value: string): Content {
  return { kind: 'inline', data: Buffer.from(value) };
}

function sizeOf(parts: readonly Content[]): number {
  return parts.reduce((sum, part) => sum + contentSize(part), 0);
}

async function readStub(): Promise<Buffer> {
  await requireTools('making a unified kernel image', [efiStub]);
  return readFileSync(efiStub);
}

function extend(executable: Buffer, sections: readonly { name: string; size: number }[]): ExtendedPe {
  try {
    return appendSections(executable, sections);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new TskitError('format', `making a unified kernel image over "${efiStub}": ${error.message}`, {
      hint: 'install systemd-boot-efi as Debian 12 has it; a system too large for an initrd wants `root: erofs`',
      cause: error,
    });
  }
}

/** Firmware and stub say nothing that helps about a kernel that they cannot start. */
function checkKernel(kernel: Content): void {
  using reader = new ContentReader();
  const start = reader.part(kernel, 0, Math.min(kernelStart, contentSize(kernel)));
  const machine = readPeHeaders(start)?.machine;
  if (machine === peMachines.x86_64) return;
  const isElf = start.toString('latin1', 1, 4) === 'ELF';
  const found =
    machine === undefined ? (isElf ? 'an ELF file' : 'something else') : `one of machine 0x${machine.toString(16)}`;
  throw new TskitError('format', `the kernel: expected an EFI program for x86-64 (a bzImage), found ${found}`, {
    hint: isElf
      ? 'leave --decompress-kernel out: UEFI starts the compressed kernel only'
      : 'UEFI starts kernels that were built with CONFIG_EFI_STUB; `pkg:kernel` was',
  });
}

/**
 * The file's bytes in their order, in chunks that are valid until the next one; each has a multiple of the file alignment, so
 * that what is computed over them needs no memory of odd ends.
 */
function* chunksOf(head: Buffer, sections: readonly UkiSection[], { signal }: BuildContext): Generator<Buffer> {
  yield head;
  const buffer = Buffer.allocUnsafeSlow(chunkSize);
  using reader = new ContentReader();
  for (const { parts, rawSize, virtualSize } of sections) {
    let filled = 0;
    for (const part of parts) {
      const size = contentSize(part);
      for (let done = 0; done < size; ) {
        const count = Math.min(buffer.length - filled, size - done);
        reader.read(part, done, buffer, filled, count);
        filled += count;
        done += count;
        if (filled < buffer.length) continue;
        throwIfInterrupted(signal);
        yield buffer;
        filled = 0;
      }
    }
    const end = filled + rawSize - virtualSize;
    buffer.fill(0, filled, end);
    if (end > 0) yield buffer.subarray(0, end);
  }
}

/**
 * Writes NAME.efi: the system as one EFI program.
 * @throws TskitError like {@link unifiedKernelImage}, and `io`.
 */
export async function emitUki(system: BootableSystem, artifacts: Artifacts, ctx: BuildContext): Promise<void> {
  const uki = await unifiedKernelImage(await system.bootFiles(), ctx);
  await artifacts.write('.efi', (sink) => uki.write(sink, ctx));
}
