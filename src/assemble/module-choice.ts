// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { KernelNeed } from '../kernel/needs.ts';
import type { Spec } from '../spec/types.ts';
import type { Bundle } from './bundle.ts';
import type { Bundles } from './bundle-tree.ts';
import { modulesOfOptions } from './option-modules.ts';
import { type ModuleReach, moduleReach } from './module-reach.ts';

/** Which modules of a kernel a system has: JSON, which is part of the keys of what is made by it. */
export type ModuleChoice =
  | { readonly kind: 'all' }
  | { readonly kind: 'none' }
  /** Those that `asked` names, and `needed`, what init itself loads for the spec or the spec needs (names and aliases). */
  | { readonly kind: 'listed'; readonly asked: readonly string[]; readonly needed: readonly string[] }
  /** All but those that only programs could ask for that the system does not have. */
  | { readonly kind: 'reachable'; readonly reach: ModuleReach; readonly needed: readonly string[] };

/**
 * The choice that a spec makes with `kernel.modules`. `isOurs` says whose init boots: of another one's nothing is known, so that it
 * has all modules. What the spec or the label of an image asks of the kernel in so many words stays, whoever loads it.
 */
export function moduleChoice(
  { kernel, secrets }: Spec,
  bundles: Bundles,
  needs: readonly KernelNeed[],
  isOurs: boolean,
): ModuleChoice {
  const { modules = 'auto' } = kernel ?? {};
  if (modules === 'all' || modules === 'none') return { kind: modules };
  const asked = needs.filter(({ isAsked }) => isAsked === true).map(({ option }) => option);
  const needed = [...loadedByInit(bundles, secrets), ...modulesOfOptions(asked)];
  if (modules !== 'auto') return { kind: 'listed', asked: modules, needed };
  const reach = moduleReach(containersOf(bundles));
  return isOurs && !reach.everything ? { kind: 'reachable', reach, needed } : { kind: 'all' };
}

function containersOf(bundles: Bundles): readonly Bundle[] {
  return [...bundles.onboot, ...bundles.onshutdown, ...bundles.services];
}

/** What PID 1 loads by name or alias, beside the drivers of devices (`load` and `loadByAlias` of init/boot/modules.ts). */
function loadedByInit(bundles: Bundles, secrets: Spec['secrets']): readonly string[] {
  const containers = containersOf(bundles);
  const types = [
    ...containers.flatMap(({ config, runtime }) => [...(config.mounts ?? []), ...(runtime.mounts ?? [])]),
    ...bundles.volumes.map(() => ({ type: 'overlay' })),
    ...(bundles.disk?.partitions ?? []).map(({ filesystem }) => ({ type: filesystem })),
    ...(bundles.disk === undefined ? [] : [{ type: 'efivarfs' }]),
  ].flatMap(({ type }) => (type === undefined || type === 'bind' ? [] : [type]));
  const links = containers.flatMap(({ runtime }) => (runtime.interfaces ?? []).flatMap(({ add }) => add ?? []));
  const settings = containers.flatMap(({ config }) => Object.entries(config.linux?.sysctl ?? {}));
  const readsFirmware = Object.values(secrets ?? {}).some((secret) => 'fw_cfg' in secret);
  return [
    ...new Set([
      ...types.flatMap((type) => [`fs-${type}`, ...(companions.get(type) ?? [])]),
      ...links.map((type) => `rtnl-link-${type}`),
      ...(bundles.watchdog === undefined ? [] : ['softdog']),
      ...(readsFirmware ? ['qemu_fw_cfg'] : []),
      ...settings.flatMap(([key, value]) => (key.replaceAll('/', '.') === congestionControl ? [`tcp_${value}`] : [])),
    ]),
  ].sort();
}

/** File systems that ask for tables of characters, by names that their options or the kernel's configuration have. */
const translating = ['cifs', 'exfat', 'hfs', 'hfsplus', 'iso9660', 'jfs', 'msdos', 'ntfs3', 'smb3', 'udf', 'vfat'];

/** Modules that file systems ask for when they are mounted, and that their own files do not name. */
const companions = new Map<string, readonly string[]>([
  ...translating.map((type) => [type, ['nls_*']] as const),
  ['ext4', ['quota_v2']],
  ['f2fs', ['quota_v2']],
  ['nfs', ['nfsv2', 'nfsv3', 'nfsv4', 'nfs-layouttype4-*']],
  ['nfs4', ['nfsv4', 'nfs-layouttype4-*']],
]);

/** The setting of a namespace that has the kernel load what it names (net/ipv4/tcp_cong.c): that of the queues is the host's alone. */
const congestionControl = 'net.ipv4.tcp_congestion_control';
