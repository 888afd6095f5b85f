// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { RuntimeConfig } from '../../contract/runtime-config.ts';
import { AF_INET, IFF_UP, SOCK_CLOEXEC, SOCK_DGRAM } from '../../linux.ts';
import type { Sys } from '../../sys.ts';
import type { NamespacePlan } from './namespaces.ts';
import { step } from '../step.ts';

/** Throws when a name is asked for that would be set in the runtime's own UTS namespace. */
export function checkNames(config: RuntimeConfig, { use }: NamespacePlan): void {
  for (const key of ['hostname', 'domainname'] as const)
    if (config[key] !== undefined && config[key] !== '' && use('uts') === 'host')
      throw new Error(`${key}: setting it needs the container to have its own uts namespace`);
}

/** Sets host and domain name of the UTS namespace that the process is in. Empty ones are left as they are. */
export function setNames(sys: Sys, { hostname = '', domainname = '' }: RuntimeConfig): void {
  if (hostname !== '') step(`set the hostname to "${hostname}"`, () => sys.sethostname(hostname));
  if (domainname !== '') step(`set the domainname to "${domainname}"`, () => sys.setdomainname(domainname));
}

/** Brings lo up, which a new network namespace has, but down. */
export function bringLoopbackUp(sys: Sys): void {
  step('bring lo up', () => {
    const fd = sys.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    try {
      sys.setInterfaceFlags(fd, 'lo', sys.interfaceFlags(fd, 'lo') | IFF_UP);
    } finally {
      sys.close(fd);
    }
  });
}
