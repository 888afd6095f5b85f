// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from './errors.ts';
import type { Platform } from './oci/types.ts';

/** e_machine of ELF files (elf.h) by OCI's name of the architecture. */
const machines: Readonly<Record<string, number>> = { amd64: 62, arm64: 183, riscv64: 243 };

/** Throws `platform` unless a program is for the platform's architecture. `act` says what was being done, `path` where it is. */
export function requireMachine(binary: Buffer, platform: Platform, act: string, path: string, hint?: string): void {
  const found = binary.length < 20 ? undefined : binary.readUInt16LE(18);
  if (found === machines[platform.architecture]) return;
  const name =
    Object.keys(machines).find((architecture) => machines[architecture] === found) ?? 'no known architecture';
  throw new TskitError('platform', `${act}: expected "${path}" to be for ${platform.architecture}, found ${name}`, {
    hint: hint ?? 'build for the architecture of this machine',
  });
}
