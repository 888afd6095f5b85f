// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { listFolder, readTextIfPresent } from '../files.ts';
import type { Sys } from '../sys.ts';

const hostnameFile = '/etc/hostname';
/** The kernel's limit (sethostname(2), HOST_NAME_MAX). */
const longest = 64;
/** ARPHRD_ETHER of /sys/class/net/NAME/type. */
const ethernet = '1';

/** Sets the host name: that of /etc/hostname, else one that is stable for this machine. Returns it. */
export function setHostname(sys: Sys): string {
  const name = (firstLine(readTextIfPresent(sys, hostnameFile) ?? '') || nameFromHardware(sys)).slice(0, longest);
  sys.sethostname(name);
  return name;
}

/** hostname(5): the first line that is neither empty nor a comment. */
function firstLine(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.find((line) => line !== '' && !line.startsWith('#')) ?? '';
}

/** "tskit-" and the hardware address of the first Ethernet interface by name, as LinuxKit does. */
function nameFromHardware(sys: Sys): string {
  for (const name of listFolder(sys, '/sys/class/net').sort()) {
    const interfaceFolder = `/sys/class/net/${name}`;
    if (readTextIfPresent(sys, `${interfaceFolder}/type`)?.trim() !== ethernet) continue;
    const address = readTextIfPresent(sys, `${interfaceFolder}/address`)?.trim() ?? '';
    if (!/^[0:]*$/.test(address)) return `tskit-${address.replaceAll(':', '')}`;
  }
  return 'tskit';
}
