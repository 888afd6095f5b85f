// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describeError, errnoOf, isPresent, makeFolder, readText } from '../files.ts';
import { AT_FDCWD } from '../linux.ts';
import { unescapePath } from '../mountinfo.ts';
import { parseArguments, UsageError } from '../runtime/arguments.ts';
import type { Sys } from '../sys.ts';
import { awaitDevice, deviceSeconds } from './await-device.ts';
import { type BlockNode, linuxPartitions, listNodes, lookAt } from './block-nodes.ts';
import { Failure } from './failure.ts';
import { type MountOptions, mountOptions } from './mount-options.ts';
import type { Program } from './run.ts';
import { say, warn } from './say.ts';

const help = `usage: mount [-device DEVICE | -label LABEL | -uuid UUID] [-type TYPE] [-options OPTION,...] FOLDER
       mount [...] DEVICE FOLDER

Makes the folder and mounts a file system there: that of a device, or the one with a label or a UUID; without a name that of the
first Linux partition that is not mounted. /dev/disk/by-uuid gets its links.

options:
  -device DEVICE       such as /dev/vda1
  -label LABEL         label of the file system
  -uuid UUID           UUID of the file system, as blkid writes it
  -type TYPE           its type; otherwise what its superblock says: ext2, ext3, ext4, xfs, btrfs, vfat, iso9660, erofs, squashfs
  -options OPTION,...  as those of mount(8): ro, noatime, ..., nofail when the device need not be there, and the file system's own

DISK_TIMEOUT in the environment: how many seconds to wait for the device, 10 unless given.
`;

/** What is on a device and is no file system. */
const unmountable: ReadonlySet<string> = new Set(['swap', 'crypto_LUKS', 'linux_raid_member', 'LVM2_member']);

/** What is looked for, and how. */
interface Search {
  /** 'the label "DATA"', for messages. */
  readonly what: string;
  readonly find: () => BlockNode | undefined;
}

/** Finds a file system and mounts it. */
export const mount: Program = {
  name: 'mount',
  help,
  run(sys: Sys, words: readonly string[]): void {
    const { options, operands } = parseArguments(words, {
      device: { kind: 'text' },
      label: { kind: 'text' },
      uuid: { kind: 'text' },
      type: { kind: 'text' },
      options: { kind: 'text' },
    });
    if (operands.length < 1 || operands.length > 2) {
      throw new UsageError(`expected a folder, or a device and a folder, found "${operands.join(' ')}"`);
    }
    const folder = operands.at(-1) ?? '';
    const { label, uuid, device = operands.length === 2 ? operands[0] : undefined } = options;
    const mountOption = mountOptions(options.options ?? '');
    const search = searchFor(sys, { device, label, uuid });
    const seconds = deviceSeconds(sys);
    const node = awaitDevice(sys, seconds, search.find);
    if (node === undefined) {
      const problem = `expected ${search.what} for ${folder}, found none after ${seconds} s`;
      if (mountOption.mayFail) return warn(sys, `mount: ${problem}; nofail says to go on`);
      throw new Failure(problem, whatThereIs(sys));
    }
    const type = options.type ?? typeOf(sys, node);
    mountOn(sys, node, type, folder, mountOption);
    say(sys, `mount: ${node.path}, ${type}, on ${folder}`);
    linkByUuid(sys);
  },
};

function searchFor(
  sys: Sys,
  { device, label, uuid }: Readonly<Record<'device' | 'label' | 'uuid', string | undefined>>,
): Search {
  if (device !== undefined) return { what: `the device "${device}"`, find: () => nodeAt(sys, device) };
  const among = (isIt: (content: NonNullable<ReturnType<typeof lookAt>>) => boolean) => (): BlockNode | undefined =>
    listNodes(sys).find((node) => {
      const content = lookAt(sys, node);
      return content !== undefined && isIt(content);
    });
  if (label !== undefined) {
    const isIt = among((content) => content.label !== undefined && sys.decodeUtf8(content.label) === label);
    return { what: `the label "${label}"`, find: isIt };
  }
  if (uuid !== undefined) {
    const wanted = uuid.toLowerCase();
    return { what: `the UUID "${uuid}"`, find: among((content) => content.uuid?.toLowerCase() === wanted) };
  }
  return { what: 'a Linux partition that is not mounted', find: () => firstUnmounted(sys) };
}

/** A device by its path; what is no device of the machine by its own name (a link, say) is taken as it is. */
function nodeAt(sys: Sys, path: string): BlockNode | undefined {
  const known = listNodes(sys).find((node) => node.path === path);
  if (known !== undefined) return known;
  if (!isPresent(sys, path)) return undefined;
  const { rdevMajor, rdevMinor } = sys.statx(AT_FDCWD, path, 0);
  const number = `${rdevMajor}:${rdevMinor}`;
  const same = listNodes(sys).find(({ name }) => readText(sys, `/sys/class/block/${name}/dev`).trim() === number);
  return same === undefined ? undefined : { ...same, path };
}

function firstUnmounted(sys: Sys): BlockNode | undefined {
  const mounts = readText(sys, '/proc/mounts').split('\n');
  const mounted = new Set(mounts.map((line) => unescapePath(line.split(' ')[0] ?? '')));
  const path = linuxPartitions(sys).find((one) => !mounted.has(one));
  return listNodes(sys).find((node) => node.path === path);
}

function typeOf(sys: Sys, node: BlockNode): string {
  const content = lookAt(sys, node);
  if (content !== undefined && !unmountable.has(content.type)) return content.type;
  throw new Failure(
    `expected a file system on ${node.path}, found ${content === undefined ? 'none that is known' : content.type}`,
    '-type names one that is not known here; pkg:format makes one on a blank disk',
  );
}

function mountOn(sys: Sys, node: BlockNode, type: string, folder: string, { flags, data }: MountOptions): void {
  const act = `mounting ${node.path}, ${type}, on "${folder}"`;
  try {
    makeFolder(sys, folder, 0o755);
  } catch (error) {
    throw new Failure(
      `${act}: ${describeError(error)}`,
      'only what is below /var can be written, unless a bind says otherwise',
    );
  }
  try {
    sys.mount(node.path, folder, type, flags, data);
  } catch (error) {
    const hints: Readonly<Record<string, string>> = {
      ENODEV: `the kernel has no driver for ${type}`,
      EPERM: 'it needs CAP_SYS_ADMIN',
      EBUSY: 'it is mounted already, or in use by something else',
      EINVAL: "an option may be wrong, or the file system damaged; the kernel's log says which",
    };
    throw new Failure(`${act}: ${describeError(error)}`, hints[errnoOf(error) ?? '']);
  }
}

/** The machine's devices and what is on them, for a message. */
function whatThereIs(sys: Sys): string {
  const list = listNodes(sys).map((node) => {
    const { type = 'nothing that is known', label, uuid } = lookAt(sys, node) ?? {};
    const name = label === undefined ? '' : ` "${sys.decodeUtf8(label)}"`;
    return `${node.path} (${type}${name}${uuid === undefined ? '' : ` ${uuid}`})`;
  });
  return list.length === 0 ? 'the machine has no block devices' : `there are ${list.join(', ')}`;
}

/** Links as udev makes them, relative and by the file system's UUID. That they cannot be made is told and stops nothing. */
function linkByUuid(sys: Sys): void {
  const folder = '/dev/disk/by-uuid';
  try {
    makeFolder(sys, folder, 0o755);
    for (const node of listNodes(sys)) {
      const uuid = lookAt(sys, node)?.uuid;
      if (uuid === undefined || uuid.includes('/')) continue;
      const link = `${folder}/${uuid}`;
      removeLink(sys, link);
      sys.symlinkat(`../..${node.path.slice('/dev'.length)}`, AT_FDCWD, link);
    }
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    warn(sys, `mount: links in ${folder}: ${describeError(error)}`);
  }
}

/** Also one that leads nowhere. */
function removeLink(sys: Sys, path: string): void {
  try {
    sys.unlinkat(AT_FDCWD, path, 0);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}
