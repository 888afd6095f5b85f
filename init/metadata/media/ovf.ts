// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The environment that a hypervisor gives a machine on a disc (DMTF DSP0243, 9, ovf-env.xml). Azure has elements of its own in it,
// vSphere properties with the names that cloud-init knows.

import { decodeBase64 } from '../base64.ts';
import type { Findings } from '../findings.ts';
import { element, unescape } from '../xml.ts';
import type { Seed } from './seed.ts';

/** Its file, in the root of the disc. */
export const ovfFile = 'ovf-env.xml';

/** Reads it. Whether there was any. What else it has, such as a password, is neither kept nor shown. */
export function readOvf({ read, decode }: Seed, found: Findings): boolean {
  const bytes = read(ovfFile);
  if (bytes === undefined) return false;
  const text = decode(bytes);
  const property = properties(text);
  found.set(element(text, 'HostName') ?? property.get('hostname'), 'hostname', 'local_hostname');
  found.set(property.get('instance-id'), 'instance_id');
  found.addKeys(property.get('public-keys'));
  const userData = element(text, 'CustomData') ?? property.get('user-data');
  if (userData !== undefined && userData.trim() !== '') {
    found.userData = decodeBase64(userData);
    if (found.userData === undefined)
      found.problems.push(`${ovfFile}: expected base64 as custom data, found something else`);
  }
  return true;
}

/** `<Property oe:key="hostname" oe:value="box"/>` */
function properties(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [, attributes = ''] of text.matchAll(/<(?:[\w-]+:)?Property\s([^<>]*)>/g)) {
    const key = attribute(attributes, 'key');
    const value = attribute(attributes, 'value');
    if (key !== undefined && value !== undefined && value !== '') found.set(key, value);
  }
  return found;
}

function attribute(text: string, name: string): string | undefined {
  const match = new RegExp(`(?:^|[\\s:])${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`).exec(text);
  return match === null ? undefined : unescape(match[1] ?? match[2] ?? '');
}
