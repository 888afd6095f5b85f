// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createSocket } from 'node:dgram';

/** Seconds from 1900, where NTP starts, to 1970. */
const epochSeconds = 2_208_988_800;

/** A server of NTP (RFC 5905, stratum 1) on a free port of this machine, whose clock is ahead of ours. */
export async function startTimeServer(aheadMs: number): Promise<{ readonly port: number } & Disposable> {
  const now = (): bigint => {
    const seconds = (Date.now() + aheadMs) / 1000 + epochSeconds;
    return (BigInt(Math.floor(seconds)) << 32n) + BigInt(Math.floor((seconds % 1) * 2 ** 32));
  };
  const socket = createSocket('udp4', (request, { port, address }) => {
    const received = now();
    if (request.length < 48) return;
    const answer = Buffer.alloc(48);
    // No warning, version 4, server; stratum 1; the interval that was asked for; a precision of about a microsecond.
    answer.set([0x24, 1, request.readUInt8(2), 0xec]);
    answer.write('GPS', 12);
    answer.writeBigUInt64BE(received, 16);
    // Its transmit time comes back as the origin.
    request.copy(answer, 24, 40, 48);
    answer.writeBigUInt64BE(received, 32);
    answer.writeBigUInt64BE(now(), 40);
    socket.send(answer, port, address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return { port: socket.address().port, [Symbol.dispose]: () => socket.close() };
}
