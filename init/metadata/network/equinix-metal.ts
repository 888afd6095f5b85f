// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Ask, describeAsk, type Inquiry, need, want } from '../ask.ts';
import type { Findings } from '../findings.ts';
import { items, member, readJson } from '../json-members.ts';

const ask: Ask = { method: 'GET', host: 'metadata.platformequinix.com', path: '/metadata' };

/** Equinix Metal's metadata service. */
export function* inquireEquinixMetal(found: Findings): Inquiry<void> {
  const all = readJson((yield* need(ask)).text, describeAsk(ask));
  if (member(all, 'id') === undefined) throw new Error(`${describeAsk(ask)}: expected "id", found none`);
  found.set(member(all, 'hostname'), 'hostname');
  found.set(member(all, 'id'), 'instance_id');
  found.set(member(all, 'plan'), 'instance_type');
  found.set(member(all, 'metro'), 'region');
  found.set(member(all, 'facility'), 'availability_zone');
  found.addKeys(items(member(all, 'ssh_keys')));
  for (const address of items(member(all, 'network', 'addresses'))) {
    const isPublic = member(address, 'public') === true;
    const family = member(address, 'address_family');
    const name = family === 6 ? 'public_ipv6' : isPublic ? 'public_ipv4' : 'local_ipv4';
    if ((family === 4 || isPublic) && !found.values.has(name)) found.set(member(address, 'address'), name);
  }
  const userData = yield* want({ ...ask, path: '/userdata' }, found);
  // A script for the boot loader is not meant for whoever is booted.
  const isUsed = userData !== undefined && userData.body.length > 0 && !userData.text.startsWith('#!ipxe');
  found.userData = isUsed ? userData.body : undefined;
}
