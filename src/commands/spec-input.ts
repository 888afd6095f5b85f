// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readFile } from 'node:fs/promises';
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

/** A spec's text. Throws `spec` when it cannot be read or is not text. */
export async function readSpec(file: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (error) {
    const found = (error as Error).message;
    throw new TskitError('spec', `reading spec "${file}": expected a YAML file, found ${found}`, { cause: error });
  }
  return decodeSpec(bytes, file);
}
