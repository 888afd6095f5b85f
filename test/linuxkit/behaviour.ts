// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { nameOf } from './package-image.ts';

// What the real images do or bring that others of the same spec rely on, as far as a stand-in has to do it too.

/** Lines of a stand-in's /.stand-in, by the image's name. */
export const acts: Readonly<Record<string, readonly string[]>> = {
  metadata: [
    'folder /run/config/docker',
    'file /run/config/ssh/authorized_keys',
    'file /run/config/userdata',
    'folder /run/config/dotmesh',
  ],
  // `mountie PATH` makes the folder that it mounts on.
  mount: ['argument'],
  alpine: ['folder /host_var/vpnkit/port'],
  mkfiles: ['file /var/disk/dhcpcd/eth0.lease'],
};

/** Files and folders of init images, by the image's name: those that containers bind, and an /init that is left out for tskit's. */
export const brought: Readonly<
  Record<string, { readonly files?: readonly string[]; readonly folders?: readonly string[] }>
> = {
  init: { files: ['/init', '/sbin/init', '/bin/rc.init', '/usr/bin/service'], folders: ['/etc/init.d', '/root'] },
  runc: { files: ['/usr/bin/runc'] },
  containerd: { files: ['/usr/bin/ctr', '/usr/bin/containerd', '/usr/bin/containerd-shim-runc-v2'] },
  'ca-certificates': { files: ['/etc/ssl/certs/ca-certificates.crt'] },
  firmware: { files: ['/lib/firmware/regulatory.db'] },
  'vpnkit-expose-port': { files: ['/usr/bin/vpnkit-expose-port', '/usr/bin/vpnkit-iptables-wrapper'] },
  'hook-embedded': { files: ['/usr/bin/nerdctl'] },
  memlogd: { files: ['/usr/bin/memlogd', '/usr/bin/logread'] },
};

/** What the init images of a spec bring to the root. */
export function broughtFiles(init: readonly string[]): readonly string[] {
  const files = init.flatMap((reference) => brought[nameOf(reference)]?.files ?? []);
  return files.filter((path) => path !== '/init');
}
