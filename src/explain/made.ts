// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import {
  bootPlanPath,
  imagesDir,
  onbootDir,
  onshutdownDir,
  resolvConfPath,
  seedsDir,
  sentinelPath,
  servicesDir,
  unpackedPath,
} from '../../init/contract/paths.ts';

/** Why the build makes a path of a root, an image's as well as the system's own. */
const inEveryRoot: ReadonlyMap<string, string> = new Map([
  ['dev', 'mount point that every root needs'],
  ['dev/pts', 'mount point that every root needs; what the image has there is left out'],
  ['dev/shm', 'mount point that every root needs; what the image has there is left out'],
  ['proc', 'mount point that every root needs'],
  ['sys', 'mount point that every root needs'],
  ['etc/hosts', "names of the loopback, in place of what the image's builder left there"],
  ['etc/mtab', "link to the kernel's own list of mounts, since the image has none"],
]);

const inImages: ReadonlyMap<string, string> = new Map([
  [
    'etc/resolv.conf',
    "stub in place of what the image's builder left there: bind /etc/resolv.conf over it for name servers",
  ],
]);

const inSystem: ReadonlyMap<string, string> = new Map([
  ['etc/resolv.conf', `link to ${resolvConfPath}, which init makes and the DHCP client writes`],
  ['init', "tskit's own init, which boots"],
  ['mnt', 'standard folder'],
  ['root', "root's home"],
  ['run', 'mount point of a tmpfs that init mounts'],
  ['tmp', 'mount point of a tmpfs that init mounts'],
  ['var', 'mount point of a tmpfs that init mounts'],
  [bootPlanPath.slice(1), 'boot plan: what init runs, in order'],
  [sentinelPath.slice(1), 'last entry of the initrd: without it init knows that the memory did not suffice'],
  [unpackedPath.slice(1), "how large the initrd is once unpacked, for `tskit run` and for init's messages"],
]);

const inBundles: ReadonlyMap<string, string> = new Map([
  ['', "the container's bundle"],
  [
    'config.json',
    "OCI runtime configuration, made from the entry, its image's label and config; `tskit explain SPEC NAME` explains each setting",
  ],
  ['runtime.json', 'what is mounted and made before the container starts'],
  ['rootfs', "mount point of the container's root"],
  ['tmp', "mount point of the tmpfs that takes the container's writes"],
]);

const sections = [onbootDir, onshutdownDir, servicesDir].map((path) => path.slice(1));

/** Why a path of the system is made by the build; `inImage` is the path in the image whose tree it is in. */
export function madeReason(path: string, inImage: string | undefined, isFolder: boolean): string {
  const parent = 'folder above what is in it';
  if (inImage !== undefined) {
    if (inImage === '') return "root of the image's tree";
    return inEveryRoot.get(inImage) ?? inImages.get(inImage) ?? parent;
  }
  const known = inEveryRoot.get(path) ?? inSystem.get(path) ?? bundleReason(path);
  if (known !== undefined) return known;
  if (/^(usr\/)?lib\/modules\/[^/]+\/tskit(\/|$)/.test(path))
    return 'index by which init finds the module for a device';
  if (/^(usr\/)?lib\/modules\/[^/]+\/modules\./.test(path))
    return 'what depmod would write, since the kernel image has none';
  if (path.startsWith(`${seedsDir.slice(1)}/`)) return 'what the file system of a new partition starts with';
  return isFolder ? parent : 'made by the build';
}

function bundleReason(path: string): string | undefined {
  if (path === imagesDir.slice(1)) return "folder of the images' trees, each once";
  const section = sections.find((folder) => path === folder || path.startsWith(`${folder}/`));
  if (section === undefined)
    return path.startsWith('containers/volumes')
      ? 'a volume: what init mounts for containers, and the layout that it holds'
      : undefined;
  const [name, ...rest] = path.slice(section.length + 1).split('/');
  if (name === undefined || name === '') return 'folder of the bundles of this section';
  return inBundles.get(rest.join('/')) ?? 'system calls that the container may make, compiled from config.json';
}
