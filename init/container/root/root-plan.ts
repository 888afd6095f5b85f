// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What config.json asks for of the container's file system, read and checked as a whole before its process exists
// (config.md, Root, Mounts; config-linux.md, Devices, Rootfs Mount Propagation, Masked Paths, Readonly Paths).

import type { Device, NamespaceType } from '../../contract/linux-config.ts';
import type { RuntimeConfig } from '../../contract/runtime-config.ts';
import { MS_PRIVATE, MS_SHARED, MS_SLAVE } from '../../linux.ts';
import type { Sys } from '../../sys.ts';
import { devicesOf } from './devices.ts';
import { parsePropagation, type PropagationChange } from './mount-options.ts';
import { type MountPlan, type OwnMappings, planMount } from './mount-plan.ts';
import type { NamespaceUse } from '../namespace/namespaces.ts';
import { cleanPath, resolveFrom } from '../path.ts';
import { hasSelinux } from '../process/security-labels.ts';

/** The root as it is asked for, checked. */
export interface RootPlan {
  /** Absolute path on the host. */
  readonly path: string;
  readonly readonly: boolean;
  /** The process's working folder. */
  readonly cwd: string;
  readonly mounts: readonly MountPlan[];
  readonly devices: readonly Device[];
  /** Whether device nodes are bound from the host: a user namespace may not make any. */
  readonly bindsDevices: boolean;
  /** Whether a new file system is likely to be on a device of the host: the kernel opens it as the process that mounts. */
  readonly mountsDevices: boolean;
  /** Of the container's own user namespace. */
  readonly mappings: OwnMappings;
  /** Whether a terminal will be mounted on /dev/console. */
  readonly console: boolean;
  /** The SELinux label of what file systems there are that have none of their own. */
  readonly label: string | undefined;
  readonly maskedPaths: readonly string[];
  readonly readonlyPaths: readonly string[];
  readonly propagation: RootPropagation;
  /** Whether the mount namespace is the container's own, or one that it joins, and not the runtime's. */
  readonly ownMounts: boolean;
  readonly ownCgroups: boolean;
  /** Whether the runtime can open what the container's process cannot, and may be needed for that (root-fetch.ts). */
  readonly fetches: boolean;
}

/** How mounts of the root are passed on. */
export interface RootPropagation {
  /** What everything that comes from the host gets first: shared, slave or private. */
  readonly inherited: PropagationChange;
  /** What "/" gets in the end, when the configuration says so. */
  readonly final: PropagationChange | undefined;
}

/** Reads the configuration. `use` says how the container stands to its namespaces. Throws an Error that names the key. */
export function planRoot(
  sys: Sys,
  config: RuntimeConfig,
  bundle: string,
  use: (type: NamespaceType) => NamespaceUse,
  warn: (text: string) => void,
): RootPlan {
  const { root, linux = {} } = config;
  const path = resolveFrom(bundle, root.path);
  const mounts = (config.mounts ?? []).map((mount) =>
    planMount({ ...mount, destination: insideRoot(mount.destination, path) }, bundle, linux),
  );
  const privileged = sys.geteuid() === 0;
  return {
    path,
    readonly: root.readonly === true,
    cwd: cleanPath(config.process.cwd),
    mounts,
    devices: devicesOf(linux.devices ?? []),
    bindsDevices: use('user') !== 'host',
    mountsDevices: mounts.some(({ kind, source }) => kind === 'new' && source.startsWith('/')),
    mappings: linux,
    console: config.process.terminal === true,
    label: planLabel(sys, linux.mountLabel, warn),
    maskedPaths: linux.maskedPaths ?? [],
    readonlyPaths: linux.readonlyPaths ?? [],
    propagation: rootPropagation(linux.rootfsPropagation),
    ownMounts: use('mount') !== 'host',
    ownCgroups: use('cgroup') !== 'host',
    fetches: privileged && (use('user') !== 'host' || mounts.some(({ idMap }) => idMap !== undefined)),
  };
}

/** Where SELinux is not in use the kernel knows no labels, and file systems refuse the parameter. */
function planLabel(sys: Sys, label = '', warn: (text: string) => void): string | undefined {
  if (label === '' || hasSelinux(sys)) return label === '' ? undefined : label;
  warn(`linux.mountLabel: "${label}" has no effect, because SELinux is not enabled here`);
  return undefined;
}

/** Some callers give the host's path of a place in the root; runc takes that for the place. */
function insideRoot(destination: string, root: string): string {
  return destination.startsWith(`${root}/`) ? destination.slice(root.length) : destination;
}

/** linux.rootfsPropagation; by default what the host mounts later reaches the container, never the other way. */
export function rootPropagation(word: string | undefined): RootPropagation {
  if (word === undefined || word === '') return { inherited: { type: MS_SLAVE, recursive: true }, final: undefined };
  const final = parsePropagation(word);
  if (final === undefined)
    throw new Error(`linux.rootfsPropagation: expected shared, slave, private or unbindable, found "${word}"`);
  // Nothing could be bound any more from an unbindable tree, so that is for the end.
  const type = final.type === MS_SHARED || final.type === MS_SLAVE ? final.type : MS_PRIVATE;
  return { inherited: { type, recursive: true }, final };
}
