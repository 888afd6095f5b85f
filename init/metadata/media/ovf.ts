// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The environment that a hypervisor gives a machine on a disc (DMTF DSP0243, 9, ovf-env.xml). Azure has elements of its own in it,
// vSphere properties with the names that cloud-init knows.

import { decodeBase64 } from '../base64.ts';
import type { Findings } from '../findings.ts';
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

/** Whatever its namespace's prefix is. */
function element(text: string, name: string): string | undefined {
  const inside = new RegExp(`<(?:[\\w-]+:)?${name}(?:\\s[^<>]*)?>([^<]*)</`).exec(text)?.[1];
  return inside === undefined || inside.trim() === '' ? undefined : unescape(inside);
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

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function unescape(text: string): string {
  return text.replaceAll(/&(#x[0-9a-f]{1,6}|#\d{1,7}|[a-z]+);/gi, (whole, name: string) => {
    if (!name.startsWith('#')) return entities[name] ?? whole;
    const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
