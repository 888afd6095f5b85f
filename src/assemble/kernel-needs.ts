// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { NamespaceType } from '../../init/contract/linux-config.ts';
import type { Resources } from '../../init/contract/resources.ts';
import { TskitError } from '../errors.ts';
import type { FlattenedImage, FlattenedSpec } from '../flatten.ts';
import type { KernelNeed } from '../kernel/needs.ts';
import { formatPath, type Path } from '../spec/document.ts';
import { formatPlace } from '../spec/texts.ts';
import type { Spec } from '../spec/types.ts';
import type { Bundle } from './bundle.ts';
import type { Bundles } from './bundle-tree.ts';
import { erofsOptions, fileSystemOptions, initOptions, linkOptions } from './kernel-options.ts';
import { sections } from './settings.ts';

/** Label of an image that says what of the kernel its programs need, as JSON: `{"needs": ["CONFIG_WIREGUARD"]}`. */
export const kernelLabel = 'tskit.kernel';

/** What a spec, its containers as they are built, and labels of their images need of the kernel. Each option once for each place. */
export function kernelNeeds(flattened: FlattenedSpec, bundles: Bundles, isOurs: boolean): readonly KernelNeed[] {
  const { spec, images } = flattened;
  const at = (path: Path, option: string, why: string): KernelNeed => needAt(spec, path, option, why);
  return [
    ...(isOurs ? initOptions.map((option): KernelNeed => ({ option, why: "tskit's init" })) : []),
    ...(spec.kernel?.needs ?? []).map((option, index) => asked(at(['kernel', 'needs', index], option, 'the spec'))),
    ...rootNeeds(spec, at),
    ...sections.flatMap((section) =>
      bundles[section].flatMap((bundle, index) => [
        ...bundleNeeds(bundle, section, index, at),
        ...labelNeeds(images.get(spec[section][index]?.image ?? ''), [section, index, 'image'], at),
      ]),
    ),
    ...bundles.volumes.map((_, index) => at(['volumes', index], 'CONFIG_OVERLAY_FS', 'a volume')),
    ...(bundles.disk === undefined
      ? []
      : [
          at(['disk'], 'CONFIG_EFI_PARTITION', 'partitions'),
          ...bundles.disk.partitions.flatMap(({ filesystem, label }, index) =>
            filesystem === undefined
              ? []
              : fileSystemNeeds(filesystem, ['disk', 'partitions', index], `partition ${label}`, at),
          ),
        ]),
    ...(bundles.watchdog === undefined ? [] : [at(['watchdog'], 'CONFIG_WATCHDOG', 'the watchdog')]),
    ...(spec.secureboot === undefined
      ? []
      : [at(['secureboot'], 'CONFIG_EFI_STUB', 'a kernel that the firmware starts')]),
  ];
}

function asked(need: KernelNeed): KernelNeed {
  return { ...need, isAsked: true };
}

type At = (path: Path, option: string, why: string) => KernelNeed;

function needAt({ origin }: Spec, path: Path, option: string, why: string): KernelNeed {
  // What a label or a default brings is at the entry.
  let place = origin.place(path);
  for (let rest = path.slice(0, -1); place === undefined && rest.length > 0; rest = rest.slice(0, -1)) {
    place = origin.place(rest);
  }
  return { option, why, entry: formatPath(path), ...(place !== undefined && { place: formatPlace(place) }) };
}

/** `auto` takes what the kernel can. */
function rootNeeds({ root }: Spec, at: At): readonly KernelNeed[] {
  const { type, verity = true } = typeof root === 'string' ? { type: root } : (root ?? {});
  if (type !== 'erofs') return [];
  const options = [...erofsOptions, 'CONFIG_BLK_DEV_DM', ...(verity ? ['CONFIG_DM_VERITY'] : [])];
  return options.map((option) => at(['root'], option, 'a root on a disk'));
}

function labelNeeds(image: FlattenedImage | undefined, path: Path, at: At): readonly KernelNeed[] {
  const text = image?.config.config?.Labels?.[kernelLabel];
  if (text === undefined || text === '') return [];
  return optionsOfLabel(text, image?.reference ?? '').map((option) =>
    asked(at(path, option, `image "${image?.reference}"`)),
  );
}

function optionsOfLabel(text: string, reference: string): readonly string[] {
  let needs: unknown;
  try {
    needs = (JSON.parse(text) as { readonly needs?: unknown } | null)?.needs;
  } catch {
    needs = undefined;
  }
  if (Array.isArray(needs) && needs.every((each) => typeof each === 'string' && /^CONFIG_\w+$/.test(each)))
    return needs;
  const message = `label ${kernelLabel} of image "${reference}": expected {"needs": ["CONFIG_…"]}, found ${text}`;
  throw new TskitError('spec', message);
}

function bundleNeeds(bundle: Bundle, section: string, index: number, at: At): readonly KernelNeed[] {
  const { config, runtime, plan } = bundle;
  const { linux, process, mounts = [] } = config;
  const here = (key: string, option: string, why: string): KernelNeed => at([section, index, key], option, why);
  const who = `container "${plan.name}"`;
  return [
    ...(linux?.namespaces ?? []).flatMap(({ type }) => {
      const option = namespaceOptions[type];
      return option === undefined ? [] : here(namespaceKeys[type] ?? 'name', option, `the ${type} namespace of ${who}`);
    }),
    ...(linux?.seccomp === undefined
      ? []
      : [here('seccomp', 'CONFIG_SECCOMP_FILTER', `the filter of system calls of ${who}`)]),
    ...mounts.flatMap(({ type = '', destination }) =>
      fileSystemNeeds(type, [section, index, 'mounts'], `${destination} of ${who}`, at),
    ),
    ...(runtime.mounts ?? []).flatMap(({ type = '', destination }) =>
      type === 'overlay'
        ? here(
            'readonly',
            'CONFIG_OVERLAY_FS',
            config.root.readonly === true ? `mount points of ${who}` : `the root of ${who}, which is written to`,
          )
        : fileSystemNeeds(type, [section, index, 'runtime', 'mounts'], `${destination} of ${who}`, at),
    ),
    ...resourceNeeds(linux?.resources ?? {}).map((option) => here('resources', option, `limits of ${who}`)),
    ...(linux?.resources?.devices?.length ? [here('devices', 'CONFIG_CGROUP_BPF', `rules for devices of ${who}`)] : []),
    ...(runtime.interfaces ?? []).flatMap(({ add, name }, number) => {
      const option = linkOptions[add ?? ''];
      const path = [section, index, 'runtime', 'interfaces', number];
      return option === undefined ? [] : at(path, option, `interface ${name} of ${who}`);
    }),
    ...(process.apparmorProfile === undefined
      ? []
      : [here('apparmor', 'CONFIG_SECURITY_APPARMOR', `the profile of ${who}`)]),
    ...(process.selinuxLabel === undefined ? [] : [here('selinux', 'CONFIG_SECURITY_SELINUX', `the label of ${who}`)]),
  ];
}

function fileSystemNeeds(type: string, path: Path, what: string, at: At): readonly KernelNeed[] {
  const option = fileSystemOptions[type];
  return option === undefined ? [] : [at(path, option, what)];
}

/** Without one the kernel has no such namespace, and a container cannot have its own. */
const namespaceOptions: Readonly<Partial<Record<NamespaceType, string>>> = {
  pid: 'CONFIG_PID_NS',
  network: 'CONFIG_NET_NS',
  ipc: 'CONFIG_IPC_NS',
  uts: 'CONFIG_UTS_NS',
  user: 'CONFIG_USER_NS',
  time: 'CONFIG_TIME_NS',
};

const namespaceKeys: Readonly<Partial<Record<NamespaceType, string>>> = {
  pid: 'pid',
  network: 'net',
  ipc: 'ipc',
  uts: 'uts',
  user: 'userns',
};

function resourceNeeds({ memory, cpu, pids, blockIO, hugepageLimits, rdma }: Resources): readonly string[] {
  return [
    ...(isGiven(memory) ? ['CONFIG_MEMCG'] : []),
    ...(cpu?.quota !== undefined || cpu?.burst !== undefined ? ['CONFIG_CFS_BANDWIDTH'] : []),
    ...(cpu?.shares !== undefined || cpu?.idle !== undefined ? ['CONFIG_FAIR_GROUP_SCHED'] : []),
    ...(cpu?.cpus !== undefined || cpu?.mems !== undefined ? ['CONFIG_CPUSETS'] : []),
    ...(pids === undefined ? [] : ['CONFIG_CGROUP_PIDS']),
    ...(isGiven(blockIO) ? ['CONFIG_BLK_CGROUP'] : []),
    ...(hugepageLimits?.length ? ['CONFIG_CGROUP_HUGETLB'] : []),
    ...(isGiven(rdma) ? ['CONFIG_CGROUP_RDMA'] : []),
  ];
}

function isGiven(map: object | undefined): boolean {
  return map !== undefined && Object.keys(map).length > 0;
}
