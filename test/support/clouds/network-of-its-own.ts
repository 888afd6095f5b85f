// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Started in a network of its own (cloud-machine.ts): has the addresses of metadata servers, and plays the cloud that its parent
// names. Also a name server, which gives every name the same address.

import { execFileSync } from 'node:child_process';
import { serveNames } from './name-server.ts';
import { clouds, serveCloud } from './serve.ts';

/** Addresses of metadata servers: of most clouds, of Scaleway, of Azure's host, and of those that have a name. */
const addresses = ['169.254.169.254', '169.254.42.42', '168.63.129.16', '192.0.2.80'];

execFileSync('ip', ['link', 'set', 'lo', 'up']);
for (const address of addresses) execFileSync('ip', ['address', 'add', `${address}/32`, 'dev', 'lo']);

const server = await serveCloud(clouds['aws'] ?? (() => ({ status: 404 })), { port: 80 });
await serveNames('127.0.0.1', [192, 0, 2, 80]);

process.on('message', (cloud: string) => {
  server.asked.length = 0;
  server.cloud = clouds[cloud] ?? (() => ({ status: 404 }));
  process.send?.({ played: cloud });
});
process.on('disconnect', () => process.exit());
process.send?.({ played: 'aws' });
