// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Json } from '../../json.ts';
import { type Ask, AskError, describeAsk, type Inquiry, need, wantAll } from '../ask.ts';
import type { Findings } from '../findings.ts';
import { items, member, readJson, values } from '../json-members.ts';
import { inquireEc2, linkLocal } from './ec2.ts';

const base: Ask = { method: 'GET', host: linkLocal, path: '/' };
const metadata: Ask = { ...base, path: '/openstack/latest/meta_data.json' };
const ec2: Ask = { ...base, path: '/latest/meta-data/' };

/** Nova's metadata service: its own tree, and EC2's for what only that has. Old ones have EC2's alone. */
export function* inquireOpenStack(found: Findings): Inquiry<void> {
  const hasOwn = yield* inquireOwn(found);
  if (!hasOwn) found.set((yield* need({ ...ec2, path: `${ec2.path}hostname` })).text, 'hostname');
  yield* inquireEc2(ec2, found);
  if (!found.values.has('instance_id')) found.set(found.values.get('instance_uuid'), 'instance_id');
  const [own, vendor, old] = yield* wantAll(
    [
      { ...base, path: '/openstack/latest/user_data' },
      { ...base, path: '/openstack/latest/vendor_data.json' },
      ...(hasOwn ? [] : [{ ...base, path: '/latest/user-data' }]),
    ],
    found,
  );
  found.userData = (own ?? old)?.body;
  found.vendorData = vendor?.body;
}

function* inquireOwn(found: Findings): Inquiry<boolean> {
  try {
    const answer = yield* need(metadata);
    readOpenStackMetadata(readJson(answer.text, describeAsk(metadata)), found);
    return true;
  } catch (error) {
    if (error instanceof AskError && error.status === 404) return false;
    throw error;
  }
}

/** meta_data.json, which config drives have too. */
export function readOpenStackMetadata(all: Json, found: Findings): void {
  found.set(member(all, 'name'), 'hostname');
  found.set(member(all, 'hostname'), 'hostname');
  found.set(member(all, 'uuid'), 'instance_uuid');
  found.set(member(all, 'availability_zone'), 'availability_zone');
  for (const key of values(member(all, 'public_keys'))) found.addKeys(key);
  for (const key of items(member(all, 'keys'))) if (member(key, 'type') === 'ssh') found.addKeys(member(key, 'data'));
}
