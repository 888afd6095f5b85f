// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Ask, type Inquiry, need, want, wantValues } from '../ask.ts';
import type { Findings } from '../findings.ts';

const folder: Ask = { method: 'GET', host: 'metaldata', path: '/get/meta/' };

/** metaldata, a metadata service for machines of one's own. */
export function* inquireMetaldata(found: Findings): Inquiry<void> {
  found.set((yield* need({ ...folder, path: `${folder.path}hostname` })).text, 'hostname');
  yield* wantValues(
    folder,
    [
      ['public-ipv4', 'public_ipv4'],
      ['private-ipv4', 'local_ipv4', 'private_ipv4'],
      ['failure-domain', 'availability_zone', 'failure_domain'],
      ['machine-id', 'instance_id', 'machine_id'],
      ['machine-type', 'instance_type', 'machine_type'],
    ],
    found,
  );
  found.addKeys((yield* want({ ...folder, path: `${folder.path}authorized-keys` }, found))?.text);
  found.userData = (yield* want({ ...folder, path: '/get/user' }, found))?.body;
}
