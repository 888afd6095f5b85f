// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Ask, describeAsk, type Inquiry, need, want } from '../ask.ts';
import type { Findings } from '../findings.ts';
import { items, member, readJson } from '../json-members.ts';

const ask: Ask = { method: 'GET', host: '169.254.42.42', path: '/conf?format=json' };

/** Scaleway's metadata service. It gives user data to root alone: to whoever asks from a port below 1024. */
export function* inquireScaleway(found: Findings): Inquiry<void> {
  const all = readJson((yield* need(ask)).text, describeAsk(ask));
  if (member(all, 'id') === undefined) throw new Error(`${describeAsk(ask)}: expected "id", found none`);
  found.set(member(all, 'hostname'), 'hostname');
  found.set(member(all, 'id'), 'instance_id');
  found.set(member(all, 'commercial_type'), 'instance_type');
  const zone = member(all, 'location', 'zone_id');
  found.set(zone, 'availability_zone', 'instance_location');
  // fr-par-1 lies in fr-par.
  if (typeof zone === 'string') found.set(zone.replace(/-\d+$/, ''), 'region');
  found.set(member(all, 'public_ip', 'address'), 'public_ipv4', 'public_ip');
  found.set(member(all, 'private_ip'), 'local_ipv4', 'private_ip');
  found.set(member(all, 'ipv6', 'address'), 'public_ipv6');
  for (const key of items(member(all, 'ssh_public_keys'))) found.addKeys(member(key, 'key'));
  const userData = yield* want({ ...ask, path: '/user_data/cloud-init', isPrivileged: true }, found);
  found.userData = userData?.body;
}
