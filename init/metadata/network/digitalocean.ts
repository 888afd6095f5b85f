// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Ask, describeAsk, type Inquiry, need } from '../ask.ts';
import type { Findings } from '../findings.ts';
import { items, member, readJson, textOf } from '../json-members.ts';
import { linkLocal } from './ec2.ts';

const ask: Ask = { method: 'GET', host: linkLocal, path: '/metadata/v1.json' };

/** DigitalOcean's metadata service: all of it in one answer. */
export function* inquireDigitalOcean(found: Findings, encode: (text: string) => Uint8Array): Inquiry<void> {
  const all = readJson((yield* need(ask)).text, describeAsk(ask));
  if (member(all, 'droplet_id') === undefined)
    throw new Error(`${describeAsk(ask)}: expected "droplet_id", found none`);
  found.set(member(all, 'hostname'), 'hostname');
  found.set(member(all, 'droplet_id'), 'instance_id', 'id');
  found.set(member(all, 'region'), 'region');
  const publicCard = member(all, 'interfaces', 'public', 0);
  found.set(member(publicCard, 'ipv4', 'ip_address'), 'public_ipv4');
  found.set(member(publicCard, 'ipv6', 'ip_address'), 'public_ipv6');
  found.set(member(all, 'interfaces', 'private', 0, 'ipv4', 'ip_address'), 'local_ipv4', 'private_ipv4');
  found.addKeys(items(member(all, 'public_keys')));
  const userData = textOf(member(all, 'user_data'));
  const vendorData = textOf(member(all, 'vendor_data'));
  if (userData !== undefined) found.userData = encode(userData);
  if (vendorData !== undefined) found.vendorData = encode(vendorData);
}
