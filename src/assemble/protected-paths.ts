// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What of /proc and /sys a service does not see, or cannot write, unless its entry says otherwise: the lists that Docker and
// containerd use. LinuxKit leaves both empty.

import type { ImageSettings } from '../spec/types.ts';

/** They tell of the host's memory, keys, hardware and timing. */
const masked: readonly string[] = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/sys/devices/virtual/powercap',
  '/sys/firmware',
];

/** Writing there changes the kernel for all. */
const readonlyFolders: readonly string[] = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sysrq-trigger'];

/** /proc/sys, and its parts for whom /proc/sys/net is left: the kernel itself asks for CAP_NET_ADMIN there. */
const sysctls: readonly string[] = ['/proc/sys'];
const sysctlsButNet: readonly string[] = ['abi', 'debug', 'dev', 'fs', 'kernel', 'user', 'vm'].map(
  (name) => `/proc/sys/${name}`,
);

/**
 * The settings of a service with masked and read-only paths where it has none of its own; an empty list is one. Nothing is
 * protected from a service with `capabilities: [all]`, and one with CAP_NET_ADMIN may set sysctls of the network.
 */
export function withProtectedPaths(settings: ImageSettings): ImageSettings {
  const capabilities = new Set(settings.capabilities?.map((name) => name.toUpperCase()));
  if (capabilities.has('ALL')) return settings;
  const network = capabilities.has('CAP_NET_ADMIN');
  return {
    maskedPaths: masked,
    readonlyPaths: [...readonlyFolders, ...(network ? sysctlsButNet : sysctls)],
    ...settings,
  };
}
