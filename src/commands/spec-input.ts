// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { closeSync, openSync, readSync } from 'node:fs';
import { arch } from 'node:process';
import { TskitError } from '../errors.ts';
import type { Platform } from '../oci/types.ts';
import { decodeSpec } from '../spec/decode.ts';
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

/** A spec's text. Throws `spec` when it cannot be read, is larger than 16 MiB or is not text. */
export function readSpec(file: string): string {
  const bytes = readStart(file, maxSpecSize + 1);
  if (bytes.length > maxSpecSize) {
    throw new TskitError('spec', `reading spec "${file}": expected at most ${maxSpecSize} bytes, found more`);
  }
  return decodeSpec(bytes, file);
}

const pieceSize = 64 * 1024;

/** The first `most` bytes of a file, or all of a shorter one. Streams would take longer to load than a spec to read. */
function readStart(file: string, most: number): Buffer {
  const pieces: Buffer[] = [];
  let fd: number | undefined;
  try {
    fd = openSync(file, 'r');
    for (let total = 0, read = -1; total < most && read !== 0; total += read) {
      const piece = Buffer.allocUnsafe(Math.min(pieceSize, most - total));
      read = readSync(fd, piece);
      pieces.push(piece.subarray(0, read));
    }
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    throw new TskitError('spec', `reading spec "${file}": expected a YAML file, found ${found}`, { cause: error });
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
  return Buffer.concat(pieces);
}
