// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { open } from 'node:fs/promises';
import { arch } from 'node:process';
import { TskitError } from '../errors.ts';
import type { Platform } from '../oci/types.ts';
import { decodeSpec } from '../spec/decode.ts';
import type { PlacedDocument } from '../spec/document.ts';
import type { Invocation, Option } from './command.ts';

/** The option of commands that resolve images for a machine which need not be this one. */
export const platformOption: Readonly<Record<string, Option>> = {
  arch: { value: 'ARCH', help: "architecture of the images (default: this machine's)" },
};

/** OCI's names of the architectures that Node calls otherwise (OCI image-spec config.md, architecture: Go's GOARCH). */
const ociArchitectures: Readonly<Record<string, string>> = { x64: 'amd64', x86_64: 'amd64', aarch64: 'arm64' };

/** The platform that images are wanted for: --arch, else this machine's. */
export function platformOf(invocation: Invocation): Platform {
  const name = invocation.one('arch') ?? arch;
  const architecture = Object.hasOwn(ociArchitectures, name) ? ociArchitectures[name] : name;
  return { os: 'linux', architecture: architecture ?? name };
}

/** Far more than anybody writes; a device file such as /dev/zero has no end. */
const maxSpecSize = 16 * 1024 * 1024;

/** What a spec says: the text of YAML, or what came of evaluating code. Throws `spec`. */
export async function readSpecSource(file: string, invocation: Invocation): Promise<string | PlacedDocument> {
  if (!/\.m?[tj]s$/.test(file)) return await readSpec(file);
  const { evaluateTypedSpec } = await import('../typed/evaluate.ts');
  return await evaluateTypedSpec(file, {
    signal: invocation.signal,
    warn: (message) => invocation.reporter.warn(message),
  });
}

/** A spec's text. Throws `spec` when it cannot be read, is larger than 16 MiB or is not text. */
async function readSpec(file: string): Promise<string> {
  const bytes = await readStart(file, maxSpecSize + 1).catch((error: Error) => {
    throw new TskitError('spec', `reading spec "${file}": expected a YAML file, found ${error.message}`, {
      cause: error,
    });
  });
  if (bytes.length > maxSpecSize) {
    throw new TskitError('spec', `reading spec "${file}": expected at most ${maxSpecSize} bytes, found more`);
  }
  return decodeSpec(bytes, file);
}

/** The first `most` bytes of a file, or all of a shorter one. */
async function readStart(file: string, most: number): Promise<Buffer> {
  await using handle = await open(file);
  const chunks: Buffer[] = [];
  for await (const chunk of handle.createReadStream({ end: most - 1, autoClose: false })) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
