// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Started in a network of its own (cloud-machine.ts): has the addresses of metadata servers, and plays the cloud that its parent
// names. Also a name server, which gives every name the same address.

import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { clouds, serveCloud } from './serve.ts';

/** Addresses of metadata servers: of most clouds, of Scaleway, of Azure's host, and of those that have a name. */
const addresses = ['169.254.169.254', '169.254.42.42', '168.63.129.16', '192.0.2.80'];
const named = [192, 0, 2, 80];

execFileSync('ip', ['link', 'set', 'lo', 'up']);
for (const address of addresses) execFileSync('ip', ['address', 'add', `${address}/32`, 'dev', 'lo']);

const server = await serveCloud(clouds['aws'] ?? (() => ({ status: 404 })), { port: 80 });
const names = createSocket('udp4', (question, from) => {
  // The question again, as an answer with one record that points to its name.
  const answer = Buffer.concat([question, Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...named])]);
  answer.writeUInt16BE(0x8180, 2);
  answer.writeUInt16BE(1, 6);
  names.send(answer, from.port, from.address);
});
await new Promise<void>((resolve) => names.bind(53, '127.0.0.1', resolve));

process.on('message', (cloud: string) => {
  server.asked.length = 0;
  server.cloud = clouds[cloud] ?? (() => ({ status: 404 }));
  process.send?.({ played: cloud });
});
process.on('disconnect', () => process.exit());
process.send?.({ played: 'aws' });
