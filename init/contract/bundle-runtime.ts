// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// runtime.json of a bundle: what is done beside its config.json.

import type { Mount } from './runtime-config.ts';

/**
 * LinuxKit's runtime.json: what is done in the root namespaces before the container is created, and for its process once there
 * is one. `mounts` come in order and include those that make `rootfs` (bind of the image tree, or tmpfs plus overlay), so that
 * LinuxKit's own init can boot the same root. Relative destinations are relative to the bundle's rootfs.
 */
export interface BundleRuntime {
  readonly cgroups?: readonly string[];
  readonly mounts?: readonly Mount[];
  readonly mkdir?: readonly string[];
  readonly interfaces?: readonly BundleInterface[];
  /** Where each of the container's namespaces is kept, by the kernel's names. */
  readonly bindNS?: Readonly<Partial<Record<BoundNamespace, string>>>;
  /** containerd's, for LinuxKit's init; ours has no containerd. */
  readonly namespace?: string;
}

/** A network interface that is made for the container, or without `add` taken from the system's namespace. */
export interface BundleInterface {
  readonly name: string;
  /** Type of link ("veth", "wireguard"). */
  readonly add?: string;
  /** The other end of a veth pair, which stays in the system's namespace. */
  readonly peer?: string;
  /** It is made in the system's namespace first and moved then. */
  readonly createInRoot: boolean;
}

/** Kinds of namespaces that can be kept, as /proc/PID/ns calls them. */
export const boundNamespaces = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'user', 'uts'] as const;

export type BoundNamespace = (typeof boundNamespaces)[number];
