// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Addresses that metadata servers have: of most clouds, of Scaleway, of Azure's host. */
const addresses = ['169.254.169.254', '169.254.42.42', '168.63.129.16'];

/**
 * What a network of QEMU's kind `user` is told, so that the addresses of metadata servers lead to a port of the host, where each
 * connection is a process. The network takes in all of them.
 */
export function networkWithClouds(folder: string, port: number): string {
  const relay = join(folder, 'relay');
  writeFileSync(relay, `#!/bin/bash\nexec 3<>/dev/tcp/127.0.0.1/${port}\ncat <&3 & cat >&3\n`, { mode: 0o755 });
  return ['net=168.0.0.0/7', ...addresses.map((address) => `guestfwd=tcp:${address}:80-cmd:${relay}`)].join(',');
}
