// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Ask, describeAsk, type Inquiry, longestValueAnswer, want, wantAll, wantValues } from '../ask.ts';
import type { Findings } from '../findings.ts';

/** Where most clouds have their metadata (RFC 3927, link-local). */
export const linkLocal = '169.254.169.254';

/** What follows the host name in EC2's tree; other clouds serve it too. `folder` is /latest/meta-data/. */
export function* inquireEc2(folder: Ask, found: Findings): Inquiry<void> {
  yield* wantValues(
    folder,
    [
      ['public-ipv4', 'public_ipv4'],
      ['local-ipv4', 'local_ipv4'],
      ['placement/availability-zone', 'availability_zone'],
      ['instance-type', 'instance_type'],
      ['instance-id', 'instance_id'],
      ['local-hostname', 'local_hostname'],
    ],
    found,
  );
  yield* inquireEc2Keys(folder, found);
}

/** Keys that are asked for, all at the same time: clouds give a machine one. */
const mostKeys = 16;

/** Keys are listed as "0=name", and each is below its number. */
export function* inquireEc2Keys(folder: Ask, found: Findings): Inquiry<void> {
  const listing: Ask = { ...folder, path: `${folder.path}public-keys/` };
  const list = yield* want(listing, found);
  const numbers = new Set((list?.text ?? '').split('\n').flatMap((line) => /^(\d{1,3})=/.exec(line)?.[1] ?? []));
  if (numbers.size > mostKeys)
    found.problems.push(`${describeAsk(listing)}: expected at most ${mostKeys} keys, found ${numbers.size}`);
  const asks = [...numbers].slice(0, mostKeys).map(
    (number): Ask => ({
      ...folder,
      path: `${folder.path}public-keys/${number}/openssh-key`,
      most: longestValueAnswer,
    }),
  );
  if (asks.length === 0) return;
  const answers = yield* wantAll(asks, found);
  // No loop over them: QuickJS does not compile one over the value of a yield, which bundling would make of it.
  found.addKeys(answers.map((answer) => answer?.text));
}
