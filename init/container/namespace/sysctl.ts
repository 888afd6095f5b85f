// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { NamespaceType } from '../../contract/linux-config.ts';
import { O_CLOEXEC, O_WRONLY, RESOLVE_NO_MAGICLINKS } from '../../linux.ts';
import type { Sys } from '../../sys.ts';
import type { NamespaceUse } from './namespaces.ts';
import { step } from '../step.ts';

/** Those that each IPC or UTS namespace has of its own (ipc_namespaces(7), uts_namespaces(7)). */
const namespaced: ReadonlyMap<string, NamespaceType> = new Map([
  ['kernel/msgmax', 'ipc'],
  ['kernel/msgmnb', 'ipc'],
  ['kernel/msgmni', 'ipc'],
  ['kernel/sem', 'ipc'],
  ['kernel/shmall', 'ipc'],
  ['kernel/shmmax', 'ipc'],
  ['kernel/shmmni', 'ipc'],
  ['kernel/shm_rmid_forced', 'ipc'],
  ['kernel/domainname', 'uts'],
]);

/**
 * The file below /proc/sys that a key names. As sysctl(8) reads them: the first separator decides, so that both
 * "net.ipv4.ip_forward" and "net/ipv4/conf/eth0.1/mtu" work.
 */
export function sysctlFile(key: string): string {
  const slash = key.indexOf('/');
  const dot = key.indexOf('.');
  return slash >= 0 && (dot < 0 || slash < dot) ? key : key.replaceAll('.', '/');
}

/** Throws unless each key belongs to a namespace that is not the runtime's own: others would change the host. */
export function checkSysctl(
  sysctl: Readonly<Record<string, string>>,
  use: (type: NamespaceType) => NamespaceUse,
): void {
  for (const key of Object.keys(sysctl)) {
    const file = sysctlFile(key);
    if (file.split('/').includes('..')) throw new Error(`linux.sysctl: "${key}" leaves /proc/sys`);
    const type = namespaceOf(file);
    if (type === undefined)
      throw new Error(`linux.sysctl: "${key}" belongs to no namespace, so that setting it would change the host`);
    if (use(type) === 'host')
      throw new Error(`linux.sysctl: "${key}" needs the container to have its own ${type} namespace`);
  }
}

function namespaceOf(file: string): NamespaceType | undefined {
  if (file.startsWith('net/')) return 'network';
  // Limits of the user namespace itself (namespaces(7), /proc/sys/user).
  if (file.startsWith('user/')) return 'user';
  if (file.startsWith('fs/mqueue/')) return 'ipc';
  return namespaced.get(file);
}

/**
 * Writes the values from inside the container's namespaces, which decide whose value it is, through the runtime's own
 * procfs (`procFd`): the container's may be covered by whatever its image or its mounts brought.
 */
export function applySysctl(sys: Sys, procFd: number, sysctl: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(sysctl)) {
    step(`set sysctl ${key} to "${value}"`, () => {
      const fd = sys.openat2(procFd, `sys/${sysctlFile(key)}`, {
        flags: O_WRONLY | O_CLOEXEC,
        resolve: RESOLVE_NO_MAGICLINKS,
      });
      try {
        sys.write(fd, sys.encodeUtf8(value));
      } finally {
        sys.close(fd);
      }
    });
  }
}
