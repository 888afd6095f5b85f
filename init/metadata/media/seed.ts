// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Data that someone put beside the machine: the files of NoCloud, or LinuxKit's one file.

import type { Findings } from '../findings.ts';
import { member, values } from '../json-members.ts';
import { readFlatYaml } from './flat-yaml.ts';

/** Reads a file by its path from the root of wherever the data is. */
export interface Seed {
  /** Undefined when it is not there, or when it is too long or cut off, which is told elsewhere. */
  readonly read: (path: string) => Uint8Array | undefined;
  readonly decode: (bytes: Uint8Array) => string;
}

/** Labels of file systems that NoCloud takes for its own. */
export function isNoCloudLabel(label: string): boolean {
  return label === 'cidata' || label === 'CIDATA';
}

/** `user-data`, else LinuxKit's `config`, and what NoCloud has beside it. Whether there was any. */
export function readSeed({ read, decode }: Seed, found: Findings): boolean {
  found.userData = full(read('user-data')) ?? full(read('config'));
  found.vendorData = full(read('vendor-data'));
  const metadata = full(read('meta-data'));
  if (metadata !== undefined) {
    const all = readFlatYaml(decode(metadata));
    found.set(member(all, 'instance-id'), 'instance_id');
    found.set(member(all, 'local-hostname') ?? member(all, 'hostname'), 'hostname', 'local_hostname');
    found.set(member(all, 'availability-zone'), 'availability_zone');
    found.set(member(all, 'region'), 'region');
    const keys = member(all, 'public-keys');
    found.addKeys(typeof keys === 'string' || Array.isArray(keys) ? keys : values(keys));
  }
  return found.userData !== undefined || metadata !== undefined;
}

function full(bytes: Uint8Array | undefined): Uint8Array | undefined {
  return bytes === undefined || bytes.length === 0 ? undefined : bytes;
}
