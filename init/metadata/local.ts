// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Data that was put beside the machine: on a disc or another file system, in QEMU's configuration device, or in a file.

import { errnoOf, readAt } from '../files.ts';
import { AT_FDCWD, O_CLOEXEC, O_RDONLY, S_IFDIR, S_IFMT } from '../linux.ts';
import type { Sys } from '../sys.ts';
import type { LocalSource } from './arguments.ts';
import { Findings } from './findings.ts';
import { isConfigDriveLabel, readConfigDrive } from './media/config-drive.ts';
import { type Device, visitDevices } from './media/devices.ts';
import { LengthError, longestFile } from './media/medium.ts';
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
  const seed = seedOf(sys, findings, (path) => readFile(sys, `${fwCfgFolder}/${path}/raw`));
  return isThere(readSeed(seed, findings), findings)
    ? { origin: { name: 'fw_cfg', id: 'fw_cfg' }, findings }
    : undefined;
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
      const seed = seedOf(sys, findings, (path) => device.medium.read(path));
      const found = isThere(readers[source](device, seed, findings), findings);
      return found ? { origin: originOf(source, device), findings } : undefined;
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
    const seed = seedOf(sys, findings, (name) => readFile(sys, `${path}/${name}`));
    return isThere(readSeed(seed, findings), findings) ? { origin, findings } : undefined;
  }
  findings.userData = readFile(sys, path);
  return findings.userData === undefined ? undefined : { origin, findings };
}

/** Data that cannot be had is not the same as none. */
function isThere(isFound: boolean, { problems }: Findings): boolean {
  return isFound || problems.length > 0;
}

/** A file's content; undefined when it is not there. Files of /sys do not say how long they are. */
function readFile(sys: Sys, path: string): Uint8Array | undefined {
  let fd: number;
  try {
    fd = sys.openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
  try {
    const bytes = readAt(sys, fd, 0, longestFile + 1);
    if (bytes.length > longestFile) throw new LengthError(`expected at most ${longestFile} bytes, found more`);
    return bytes.slice();
  } finally {
    sys.close(fd);
  }
}

function isFolder(sys: Sys, path: string): boolean {
  try {
    return (sys.statx(AT_FDCWD, path, 0).mode & S_IFMT) === S_IFDIR;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return false;
    throw error;
  }
}

/** Of what cannot be read whole nothing is kept; that is a problem, and the other files count all the same. */
function seedOf(sys: Sys, findings: Findings, read: (path: string) => Uint8Array | undefined): Seed {
  return {
    read(path) {
      try {
        return read(path);
      } catch (error) {
        if (!(error instanceof LengthError)) throw error;
        findings.problems.push(`${path}: ${error.message}`);
        return undefined;
      }
    },
    decode: (bytes) => sys.decodeUtf8(bytes),
  };
}
