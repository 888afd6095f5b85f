// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Ask, describeAsk, type Inquiry, need, want } from '../ask.ts';
import type { Findings } from '../findings.ts';
import { items, member, readJson } from '../json-members.ts';
import { linkLocal } from './ec2.ts';

const ask: Ask = { method: 'GET', host: linkLocal, path: '/v1.json' };

/** Vultr's metadata service. */
export function* inquireVultr(found: Findings): Inquiry<void> {
  const all = readJson((yield* need(ask)).text, describeAsk(ask));
  if (member(all, 'instanceid') === undefined)
    throw new Error(`${describeAsk(ask)}: expected "instanceid", found none`);
  found.set(member(all, 'hostname'), 'hostname');
  found.set(member(all, 'instanceid'), 'instance_id');
  found.set(member(all, 'instance-v2-id'), 'instance_uuid');
  found.set(member(all, 'region', 'regioncode'), 'region', 'region_code');
  const [first, second] = items(member(all, 'interfaces'));
  found.set(member(first, 'ipv4', 'address'), 'public_ipv4');
  found.set(member(first, 'ipv6', 'address'), 'public_ipv6');
  found.set(member(second, 'ipv4', 'address'), 'local_ipv4', 'private_ipv4');
  found.set(member(second, 'ipv4', 'netmask'), 'private_netmask');
  // A list, or one text with a key a line.
  found.addKeys(member(all, 'public-keys'));
  const userData = yield* want({ ...ask, path: '/latest/user-data' }, found);
  found.userData = userData?.body.length === 0 ? undefined : userData?.body;
}
