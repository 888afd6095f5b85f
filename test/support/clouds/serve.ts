// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { aws, awsOff, awsOld } from './aws.ts';
import { azure } from './azure.ts';
import type { Cloud } from './cloud.ts';
import { gcp, gcpBlocked } from './gcp.ts';
import { digitalOcean, equinixMetal, hetzner, hetznerBare, metaldata, scaleway, vultr } from './hosters.ts';
import { hostileClouds } from './hostile.ts';
import { openStack, openStackOld } from './openstack.ts';

/** All fake metadata services, by the name of the provider, with what is odd about some of them. */
export const clouds: Readonly<Record<string, Cloud>> = {
  aws,
  'aws-old': awsOld,
  'aws-off': awsOff,
  gcp,
  'gcp-blocked': gcpBlocked,
  azure,
  openstack: openStack,
  'openstack-old': openStackOld,
  hetzner,
  'hetzner-bare': hetznerBare,
  digitalocean: digitalOcean,
  vultr,
  scaleway,
  equinixmetal: equinixMetal,
  metaldata,
  ...hostileClouds,
};

/** A fake metadata server; what it plays can be changed. */
export interface CloudServer extends AsyncDisposable {
  cloud: Cloud;
  /** What was asked, in order: "GET /latest/user-data". */
  readonly asked: string[];
  readonly port: number;
}

/** Listens; `isPrivileged` judges the port of whoever asks. */
export async function serveCloud(
  cloud: Cloud,
  {
    port = 0,
    isPrivileged = (remote) => remote < 1024,
  }: { port?: number; isPrivileged?: (remote: number) => boolean } = {},
): Promise<CloudServer> {
  const asked: string[] = [];
  const server: Server = createServer((request, response) => {
    const { method = '', url: path = '', headers } = request;
    asked.push(`${method} ${path}`);
    const remote = request.socket.remotePort ?? 0;
    void text(request).then((body) => {
      const answer = played.cloud({ method, path, headers, body, isPrivileged: isPrivileged(remote) });
      if (answer.raw !== undefined) answer.raw(request.socket);
      else response.writeHead(answer.status, answer.headers).end(answer.body);
    });
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, resolve));
  const played: CloudServer = {
    cloud,
    asked,
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return played;
}
