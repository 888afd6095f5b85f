// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Ask, describeAsk, type Inquiry, need, want } from '../ask.ts';
import { decodeBase64 } from '../base64.ts';
import type { Findings } from '../findings.ts';
import { items, member, readJson } from '../json-members.ts';
import { reportReady } from './azure-ready.ts';
import { linkLocal } from './ec2.ts';

const version = '2021-02-01';
const ask: Ask = {
  method: 'GET',
  host: linkLocal,
  path: `/metadata/instance?api-version=${version}`,
  headers: { Metadata: 'true' },
};

/** Azure's instance metadata service. Custom data is not here but on a disc (media/ovf.ts). */
export function* inquireAzure(found: Findings): Inquiry<void> {
  const answer = yield* need(ask);
  const all = readJson(answer.text, describeAsk(ask));
  const compute = member(all, 'compute');
  if (compute === undefined) throw new Error(`${describeAsk(ask)}: expected "compute", found none`);
  found.set(member(compute, 'name'), 'hostname');
  found.set(member(compute, 'osProfile', 'computerName'), 'hostname');
  found.set(member(compute, 'vmId'), 'instance_id');
  found.set(member(compute, 'vmSize'), 'instance_type');
  found.set(member(compute, 'location'), 'region');
  found.set(member(compute, 'zone'), 'availability_zone');
  const card = member(all, 'network', 'interface', 0);
  const address = member(card, 'ipv4', 'ipAddress', 0);
  found.set(member(address, 'privateIpAddress'), 'local_ipv4');
  found.set(member(address, 'publicIpAddress'), 'public_ipv4');
  found.set(member(card, 'ipv6', 'ipAddress', 0, 'privateIpAddress'), 'public_ipv6');
  for (const key of items(member(compute, 'publicKeys'))) found.addKeys(member(key, 'keyData'));
  yield* inquireUserData(found);
  yield* reportReady(found);
}

/** Only there under a path of its own, in base64; empty when there is none. */
function* inquireUserData(found: Findings): Inquiry<void> {
  const path = `/metadata/instance/compute/userData?api-version=${version}&format=text`;
  const answer = yield* want({ ...ask, path }, found);
  if (answer === undefined || answer.text.trim() === '') return;
  found.userData = decodeBase64(answer.text);
  if (found.userData === undefined)
    found.problems.push(`${describeAsk({ ...ask, path })}: expected base64, found something else`);
}
