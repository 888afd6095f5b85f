// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createSocket } from 'node:dgram';

/** A name server on port 53 of an address, which takes root: every name has the one address that is given, four numbers. */
export async function serveNames(address: string, given: readonly number[]): Promise<AsyncDisposable> {
  const names = createSocket('udp4', (question, from) => {
    // The question again, as an answer with one record that points to its name.
    const answer = Buffer.concat([question, Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...given])]);
    answer.writeUInt16BE(0x8180, 2);
    answer.writeUInt16BE(1, 6);
    names.send(answer, from.port, from.address);
  });
  await new Promise<void>((resolve, reject) => names.once('error', reject).bind(53, address, resolve));
  return { [Symbol.asyncDispose]: () => new Promise((resolve) => names.close(resolve)) };
}
