// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Data that was put beside the machine: on a disc or another file system, in QEMU's configuration device, or in a file.

import { errnoOf, readBytesIfPresent } from '../files.ts';
import { AT_FDCWD, S_IFDIR, S_IFMT } from '../linux.ts';
import type { Sys } from '../sys.ts';
import type { LocalSource } from './arguments.ts';
import { Findings } from './findings.ts';
import { isConfigDriveLabel, readConfigDrive } from './media/config-drive.ts';
import { type Device, visitDevices } from './media/devices.ts';
import { readOvf } from './media/ovf.ts';
import { isNoCloudLabel, readSeed, type Seed } from './media/seed.ts';
import type { Origin } from './tree.ts';

/** Where something was, and what it said. */
export interface Found {
  readonly origin: Origin;
  readonly findings: Findings;
}

/** Files of QEMU's -fw_cfg name=opt/org.tskit/NAME,… (docs/specs/fw_cfg: names of one's own begin with opt/ and a domain). */
const fwCfgFolder = '/sys/firmware/qemu_fw_cfg/by_name/opt/org.tskit';

/** The first of these sources that has something, in their order. What could not be read is told to `onError`. */
export function findLocal(
  sys: Sys,
  sources: readonly LocalSource[],
  onError: (problem: string) => void,
): Found | undefined {
  for (const source of sources) {
    const found = source === 'fw_cfg' ? findFwCfg(sys) : findOnDevice(sys, source, onError);
    if (found !== undefined) return found;
  }
  return undefined;
}

function findFwCfg(sys: Sys): Found | undefined {
  const findings = new Findings();
  const seed = seedOf(sys, (path) => readBytesIfPresent(sys, `${fwCfgFolder}/${path}/raw`));
  return readSeed(seed, findings) ? { origin: { name: 'fw_cfg', id: 'fw_cfg' }, findings } : undefined;
}

function findOnDevice(
  sys: Sys,
  source: Exclude<LocalSource, 'fw_cfg'>,
  onError: (problem: string) => void,
): Found | undefined {
  return visitDevices(
    sys,
    (device) => {
      const findings = new Findings();
      const seed = seedOf(sys, (path) => device.medium.read(path));
      return readers[source](device, seed, findings) ? { origin: originOf(source, device), findings } : undefined;
    },
    onError,
  );
}

type Read = (device: Device, seed: Seed, findings: Findings) => boolean;

const readers: Readonly<Record<Exclude<LocalSource, 'fw_cfg'>, Read>> = {
  cdrom: ({ medium, isDisc }, seed, findings) => {
    // A disc needs no label, as with LinuxKit; a disk's file system may have a file "config" of any kind.
    return (isNoCloudLabel(medium.label) || isDisc) && readSeed(seed, findings);
  },
  configdrive: ({ medium }, seed, findings) => isConfigDriveLabel(medium.label) && readConfigDrive(seed, findings),
  ovf: ({ isDisc }, seed, findings) => isDisc && readOvf(seed, findings),
};

function originOf(source: Exclude<LocalSource, 'fw_cfg'>, { node }: Device): Origin {
  if (source === 'configdrive') return { name: 'openstack', id: 'openstack' };
  return { name: `${source === 'ovf' ? 'OVF' : 'CDROM'} ${node}`, id: source === 'ovf' ? 'ovf' : 'nocloud' };
}

/** A file with user data, or a folder with the files of NoCloud. Undefined when there is none. */
export function findFile(sys: Sys, path: string): Found | undefined {
  const findings = new Findings();
  const origin = { name: path, id: 'file' };
  if (isFolder(sys, path)) {
    const seed = seedOf(sys, (name) => readBytesIfPresent(sys, `${path}/${name}`));
    return readSeed(seed, findings) ? { origin, findings } : undefined;
  }
  findings.userData = readBytesIfPresent(sys, path);
  return findings.userData === undefined ? undefined : { origin, findings };
}

function isFolder(sys: Sys, path: string): boolean {
  try {
    return (sys.statx(AT_FDCWD, path, 0).mode & S_IFMT) === S_IFDIR;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return false;
    throw error;
  }
}

function seedOf(sys: Sys, read: (path: string) => Uint8Array | undefined): Seed {
  return { read, decode: (bytes) => sys.decodeUtf8(bytes) };
}
