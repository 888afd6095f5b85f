// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Ask, describeAsk, type Inquiry, need, want, wantValues } from '../ask.ts';
import type { Findings } from '../findings.ts';
import { items, readJson } from '../json-members.ts';
import { linkLocal } from './ec2.ts';

const folder: Ask = { method: 'GET', host: linkLocal, path: '/hetzner/v1/metadata/' };

/** Hetzner Cloud's metadata service. Its whole is YAML, so the values are asked for one by one. */
export function* inquireHetzner(found: Findings): Inquiry<void> {
  found.set((yield* need({ ...folder, path: `${folder.path}hostname` })).text, 'hostname');
  yield* wantValues(
    folder,
    [
      ['instance-id', 'instance_id'],
      ['public-ipv4', 'public_ipv4'],
      ['local-ipv4', 'local_ipv4'],
      ['availability-zone', 'availability_zone'],
      ['region', 'region'],
    ],
    found,
  );
  const keys: Ask = { ...folder, path: `${folder.path}public-keys` };
  const list = yield* want(keys, found);
  if (list !== undefined && list.text.trim() !== '') found.addKeys(items(readJson(list.text, describeAsk(keys))));
  const userData = yield* want({ ...folder, path: '/hetzner/v1/userdata' }, found);
  // Without user data it is there and empty.
  found.userData = userData?.body.length === 0 ? undefined : userData?.body;
}
