// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash } from 'node:crypto';
import { readPeHeaders } from '../archive/pe.ts';
import { peDigests } from '../archive/pe-digests.ts';
import { ContentReader } from '../content.ts';
import type { BuildContext } from '../context.ts';
import { type Content, contentSize, partOf } from '../file-tree.ts';
import { throwIfInterrupted } from '../oci/interruption.ts';
import type { Uki } from './uki.ts';

/** What is extended into a PCR, in the order of the firmware's event log. */
export interface Measurement {
  readonly pcr: 4 | 9 | 11;
  readonly event: string;
  /** SHA-256 in hex. */
  readonly digest: string;
  /** Not where Secure Boot is enforced: systemd's stub then starts the kernel past the code that measures it. */
  readonly unlessSecureBoot?: true;
}

/** In hex, by number. */
export type PcrValues = Readonly<Record<'4' | '9' | '11', string>>;

/** PCRs of the SHA-256 bank when the kernel has started, by number, and what they come from. */
export interface PredictedPcrs {
  readonly sha256: PcrValues;
  /** The same where Secure Boot is enforced. */
  readonly sha256SecureBoot: PcrValues;
  readonly measurements: readonly Measurement[];
}

const chunkSize = 1 << 20;
/** What of a kernel is looked at: its headers. */
const headersSize = 4096;
/** Sections that systemd's stub measures, each by its name with a NUL and by its content, in this order (systemd-stub(7)). */
const measuredSections = ['.linux', '.osrel', '.cmdline', '.initrd'];

/**
 * Predicts what a machine measures that boots a unified kernel image by its firmware at the first attempt:
 * - PCR 4, code (TCG PC Client Platform Firmware Profile, 3.3.4.5): that a boot option is tried, the separator, the image, and
 *   the kernel in it, which the stub starts as an image of its own (unless Secure Boot is enforced);
 * - PCR 9, by the kernel's EFI stub: its command line in UTF-16 and the initrd;
 * - PCR 11, by systemd's stub: the sections.
 * Another attempt of the firmware's before it is in PCR 4 too, and a kernel before 6.1 measures no command line.
 */
export async function predictPcrs(uki: Uki, ctx: BuildContext): Promise<PredictedPcrs> {
  using reader = new ContentReader();
  const parts = new Map(uki.sections.map((section) => [section.name, section.parts]));
  const hashes = new Map(
    measuredSections.map((name) => {
      const hash = createHash('sha256');
      for (const chunk of chunksOf(parts.get(name) ?? [], reader, ctx)) hash.update(chunk);
      return [name, hash.digest('hex')];
    }),
  );
  const cmdline = Buffer.concat(
    [...chunksOf(parts.get('.cmdline') ?? [], reader, ctx)].map((chunk) => Buffer.from(chunk)),
  );
  const measurements: readonly Measurement[] = [
    { pcr: 4, event: 'EV_EFI_ACTION', digest: sha256('Calling EFI Application from Boot Option') },
    { pcr: 4, event: 'EV_SEPARATOR', digest: sha256(Buffer.alloc(4)) },
    { pcr: 4, event: 'unified kernel image', digest: uki.authenticode },
    {
      pcr: 4,
      event: 'kernel',
      digest: await kernelDigest(parts.get('.linux') ?? [], reader, ctx),
      unlessSecureBoot: true,
    },
    { pcr: 9, event: 'command line', digest: sha256(Buffer.from(`${cmdline.toString('utf8')}\0`, 'utf16le')) },
    // Without one nothing is measured for it.
    ...(parts.has('.initrd') ? [{ pcr: 9, event: 'initrd', digest: hashes.get('.initrd') ?? '' } as const] : []),
    ...measuredSections
      .filter((name) => parts.has(name))
      .flatMap((name): readonly Measurement[] => [
        { pcr: 11, event: `name ${name}`, digest: sha256(`${name}\0`) },
        { pcr: 11, event: name, digest: hashes.get(name) ?? '' },
      ]),
  ];
  return {
    sha256: valuesOf(measurements),
    sha256SecureBoot: valuesOf(measurements.filter(({ unlessSecureBoot }) => unlessSecureBoot !== true)),
    measurements,
  };
}

function valuesOf(measurements: readonly Measurement[]): PcrValues {
  return { 4: extended(measurements, 4), 9: extended(measurements, 9), 11: extended(measurements, 11) };
}

/** A PCR begins with zeros; each digest is hashed behind what it was (TPM 2.0 Library, Part 1, 17.2). */
function extended(measurements: readonly Measurement[], pcr: number): string {
  return measurements
    .filter((measurement) => measurement.pcr === pcr)
    .reduce<Buffer>(
      (value, { digest }) => createHash('sha256').update(value).update(digest, 'hex').digest(),
      Buffer.alloc(32),
    )
    .toString('hex');
}

/** What firmware knows the kernel by: a signature at its end does not count, nor do the fields that tell of it. */
async function kernelDigest(parts: readonly Content[], reader: ContentReader, ctx: BuildContext): Promise<string> {
  const [kernel] = parts;
  if (kernel === undefined) return '';
  const start = reader.part(kernel, 0, Math.min(headersSize, contentSize(kernel)));
  const headers = readPeHeaders(start);
  if (headers === undefined) throw new Error('a kernel that was checked is none');
  const signature = start.readUInt32LE(headers.certificateEntryOffset);
  const size = signature === 0 ? contentSize(kernel) : signature;
  const { authenticode } = await peDigests(chunksOf([partOf(kernel, 0, size)], reader, ctx), headers);
  return authenticode;
}

/** The bytes of contents in chunks that are valid until the next one. */
function* chunksOf(parts: readonly Content[], reader: ContentReader, { signal }: BuildContext): Generator<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(chunkSize);
  for (const part of parts) {
    const size = contentSize(part);
    for (let done = 0; done < size; ) {
      const count = Math.min(buffer.length, size - done);
      reader.read(part, done, buffer, 0, count);
      throwIfInterrupted(signal);
      yield buffer.subarray(0, count);
      done += count;
    }
  }
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
