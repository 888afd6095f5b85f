// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What only the host can see of a guest, for shell lines in it: `wget -q -O - ${url('NAME')}`. */
export interface Outside extends Disposable {
  readonly url: (name: string) => string;
}

/** Answers a guest, over QEMU's user network, with what the function of that name returns; one that throws makes wget fail. */
export async function startOutside(looks: Readonly<Record<string, () => Promise<string>>>): Promise<Outside> {
  const server = createServer((request, response) => {
    const look = looks[request.url?.slice(1) ?? ''];
    const answer = look === undefined ? Promise.reject(new Error('expected the name of a look')) : look();
    answer.then(
      (text) => response.end(text),
      (error: unknown) => response.writeHead(503).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: (name) => `http://10.0.2.2:${port}/${name}`,
    [Symbol.dispose]: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
