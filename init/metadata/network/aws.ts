// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { AskError, type Ask, type Inquiry, need, want, wantValues } from '../ask.ts';
import type { Findings } from '../findings.ts';
import { inquireEc2, linkLocal } from './ec2.ts';

/** Seconds that a token is good for: more than all requests take. */
const tokenSeconds = 300;

/** Amazon EC2's instance metadata service, version 2, and version 1 where nothing else is there. */
export function* inquireAws(found: Findings): Inquiry<void> {
  const headers = yield* sessionHeaders();
  const folder: Ask = { method: 'GET', host: linkLocal, path: '/latest/meta-data/', headers };
  const hostname = yield* need({ ...folder, path: `${folder.path}hostname` });
  found.set(hostname.text, 'hostname');
  yield* inquireEc2(folder, found);
  yield* wantValues(
    folder,
    [
      ['placement/region', 'region'],
      ['ipv6', 'public_ipv6'],
    ],
    found,
  );
  const userData = yield* want({ ...folder, path: '/latest/user-data' }, found);
  found.userData = userData?.body;
}

/**
 * A session's token. Servers that only know version 1 answer that they do not know the path or the method; 403 means that the
 * service is switched off, and there is nothing else to ask then.
 */
function* sessionHeaders(): Inquiry<Readonly<Record<string, string>>> {
  try {
    const token = yield* need({
      method: 'PUT',
      host: linkLocal,
      path: '/latest/api/token',
      headers: { 'X-aws-ec2-metadata-token-ttl-seconds': String(tokenSeconds) },
    });
    // What is no header's value would end the head of the next request.
    if (/^[\u0021-\u007e]{1,1024}$/.test(token.text)) return { 'X-aws-ec2-metadata-token': token.text };
    throw new Error(
      `PUT http://${linkLocal}/latest/api/token: expected a token, found ${token.text.length} characters`,
    );
  } catch (error) {
    if (error instanceof AskError && [404, 405, 501].includes(error.status ?? 0)) return {};
    throw error;
  }
}
