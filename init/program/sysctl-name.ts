// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/**
 * The path below /proc/sys of a setting's name (sysctl.d(5)): the first separator says which of "." and "/" it is, and the other one
 * is part of a name, so that "net/ipv4/conf/eth0.100/forwarding" and "net.ipv4.conf.eth0/100.forwarding" are the same.
 */
export function sysctlPath(name: string): string {
  const separator = /[./]/.exec(name)?.[0];
  if (separator !== '.') return name;
  return name.replaceAll(/[./]/g, (found) => (found === '.' ? '/' : '.'));
}
