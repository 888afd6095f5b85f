// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { runProgram as runToEnd } from '../container/run-program.ts';
import { describeError, errnoOf, isPresent, listFolder, readTextIfPresent } from '../files.ts';
import { AT_FDCWD, BLKPG_ADD_PARTITION, BLKPG_DEL_PARTITION, S_IFBLK, S_IFMT } from '../linux.ts';
import { parseArguments, UsageError } from '../runtime/arguments.ts';
import type { Sys } from '../sys.ts';
import { awaitDevice, deviceSeconds } from './await-device.ts';
import { type BlockNode, linuxPartitions, listNodes, lookAt } from './block-nodes.ts';
import { contentOn, describeMade, eligible, isCutOff, isFree, withDisk } from './candidate-disks.ts';
import { Failure } from './failure.ts';
import { finishTable, type MadePartition, type TableKind, tableFor, writeTable } from './partition-table.ts';
import type { Program } from './run.ts';
import { say } from './say.ts';

const help = `usage: format [-type ext4|btrfs|xfs|vfat] [-label NAME] [-partition dos|gpt] [-force] [-verbose] [DEVICE]

Makes one partition with a file system on DEVICE, or on the first blank disk by its name. A disk with anything on it is kept, which is
no error: at the second boot it is the one that the first made. Without DEVICE nothing is made once there is a file system with the
label or, without a label, a disk with one Linux partition as this makes it: with that type, or encrypted or of no type, and no label.

options:
  -type TYPE       ext4 unless given
  -label NAME      label of the file system; a disk whose file system has it already is the one that was made
  -partition KIND  dos, or gpt on more than 2 TiB, unless given
  -force           make DEVICE anew, at every boot
  -verbose         say what is done, and which disks are passed over

DISK_TIMEOUT in the environment: how many seconds to wait for a disk, 10 unless given.
`;

const partitionSeconds = 5;

type FileSystemType = 'ext4' | 'xfs' | 'vfat' | 'btrfs';

/** The longest label in bytes, and how its program is called for a label and a device. */
const makers: Readonly<
  Record<FileSystemType, { readonly longest: number; readonly args: (label: string) => readonly string[] }>
> = {
  ext4: { longest: 16, args: (label) => ['-q', '-F', ...(label === '' ? [] : ['-L', label])] },
  xfs: { longest: 12, args: (label) => ['-q', '-f', ...(label === '' ? [] : ['-L', label])] },
  vfat: { longest: 11, args: (label) => (label === '' ? [] : ['-n', label]) },
  btrfs: { longest: 255, args: (label) => ['-q', '-f', ...(label === '' ? [] : ['-L', label])] },
};

interface Wish {
  readonly type: FileSystemType;
  readonly label: string;
  readonly table: TableKind | undefined;
  readonly force: boolean;
  readonly detail: (message: string) => void;
}

/** Makes a partition with a file system on a disk that has none. */
export const format: Program = {
  name: 'format',
  help,
  run(sys: Sys, words: readonly string[]): void {
    const { wish, device } = readWish(sys, words);
    const seconds = deviceSeconds(sys);
    const done = awaitDevice(sys, seconds, () =>
      device === undefined ? formatAny(sys, wish) : formatNamed(sys, wish, device),
    );
    if (done !== undefined) return say(sys, `format: ${done}`);
    if (device !== undefined) throw new Failure(`expected the disk "${device}", found none after ${seconds} s`);
    const found = eligible(sys).map((node) => `${node.path} (${contentOn(sys, node)} on it)`);
    const orLabel = wish.label === '' ? '' : ` or the label "${wish.label}"`;
    throw new Failure(`expected a blank disk${orLabel}, found ${found.join(', ') || 'none'} after ${seconds} s`);
  },
};

function readWish(sys: Sys, words: readonly string[]): { readonly wish: Wish; readonly device: string | undefined } {
  const { options, operands } = parseArguments(words, {
    type: { kind: 'text' },
    label: { kind: 'text' },
    partition: { kind: 'text' },
    force: { kind: 'flag' },
    verbose: { kind: 'flag' },
  });
  const { type = 'ext4', label = '', partition, force } = options;
  const [device, second] = operands;
  if (second !== undefined) throw new UsageError(`expected one device at most, found "${operands.join(' ')}"`);
  if (!Object.hasOwn(makers, type)) throw new UsageError(`expected -type ext4, btrfs, xfs or vfat, found "${type}"`);
  if (partition !== undefined && partition !== 'dos' && partition !== 'gpt') {
    throw new UsageError(`expected -partition dos or gpt, found "${partition}"`);
  }
  if (force && device === undefined) throw new UsageError('expected the device that -force is about, found none');
  const { longest } = makers[type as FileSystemType];
  if (sys.encodeUtf8(label).length > longest) {
    throw new UsageError(`expected a label of at most ${longest} bytes for ${type}, found "${label}"`);
  }
  const detail = (message: string): void => (options.verbose ? say(sys, `format: ${message}`) : undefined);
  return { wish: { type: type as FileSystemType, label, table: partition, force, detail }, device };
}

/** The disk that was named; undefined while it is not there. */
function formatNamed(sys: Sys, wish: Wish, path: string): string | undefined {
  const node = diskAt(sys, path);
  if (node === undefined) return undefined;
  if (wish.force || isFree(sys, node)) return makeOn(sys, wish, node);
  return `kept ${path}, which has ${contentOn(sys, node)} on it`;
}

/** A whole disk by its node or a link to it. */
function diskAt(sys: Sys, path: string): BlockNode | undefined {
  if (!isPresent(sys, path)) return undefined;
  const { mode, rdevMajor, rdevMinor } = sys.statx(AT_FDCWD, path, 0);
  if ((mode & S_IFMT) !== S_IFBLK) throw new Failure(`expected a disk at "${path}", found something else`);
  const number = `${rdevMajor}:${rdevMinor}`;
  const node = listNodes(sys).find(({ name }) => readTextIfPresent(sys, `/sys/block/${name}/dev`)?.trim() === number);
  if (node === undefined)
    throw new Failure(`expected a whole disk at "${path}", found a part of one, or one without a medium`);
  return node;
}

/** Any disk that will do, unless the work was done at an earlier boot. */
function formatAny(sys: Sys, wish: Wish): string | undefined {
  if (wish.label !== '') {
    const isIt = (node: BlockNode): boolean => {
      const label = lookAt(sys, node)?.label;
      return label !== undefined && sys.decodeUtf8(label) === wish.label;
    };
    const done = listNodes(sys).find(isIt);
    if (done !== undefined) return `kept ${done.path}, which has the label "${wish.label}"`;
  }
  const nodes = eligible(sys);
  if (wish.label === '') {
    const [made] = nodes.flatMap((node) => describeMade(sys, wish, node) ?? []);
    if (made !== undefined) return `kept ${made}`;
  }
  // What power cut off comes before another disk.
  const unfinished = nodes.filter((node) => isCutOff(sys, node));
  for (const node of [...unfinished, ...nodes.filter((one) => !unfinished.includes(one))]) {
    if (isFree(sys, node)) return makeOn(sys, wish, node);
    wish.detail(`passes over ${node.path}, which has ${contentOn(sys, node)} on it`);
  }
  return wish.label === '' && linuxPartitions(sys).length > 0 ? 'kept all disks: there is a partition' : undefined;
}

function makeOn(sys: Sys, { type, label, table, detail }: Wish, node: BlockNode): string {
  const partition = `${node.path}${/[0-9]$/.test(node.path) ? 'p' : ''}1`;
  const kind = ifUnused(node, () =>
    withDisk(sys, node, 'exclusive', (device) => {
      const chosen = table ?? tableFor(device);
      detail(`partitions ${node.path}: ${chosen}, one partition`);
      tellOnly(sys, device.fd, node.name, writeTable(sys, device, chosen));
      return chosen;
    }),
  );
  if (awaitDevice(sys, partitionSeconds, () => isPresent(sys, partition) || undefined) === undefined) {
    throw new Failure(`partitioning ${node.path}: expected ${partition}, found none after ${partitionSeconds} s`);
  }
  detail(`makes ${type} on ${partition}`);
  const program = `/usr/sbin/mkfs.${type}`;
  const failure = runToEnd(sys, {
    path: program,
    args: [program, ...makers[type].args(label), partition],
    env: ['PATH=/usr/sbin:/usr/bin'],
    input: '',
  });
  if (failure !== undefined) throw new Failure(`making ${type} on ${partition}: ${program} ${failure}`);
  sys.sync();
  withDisk(sys, node, 'write', (device) => finishTable(sys, device, kind));
  return `made ${type} on ${partition}${label === '' ? '' : ` with the label "${label}"`}`;
}

/** What is mounted, or in use in another way, is found out before anything is written. */
function ifUnused<T>({ path }: BlockNode, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    throw new Failure(`partitioning ${path}: ${describeError(error)}`, 'a partition of the disk may be in use');
  }
}

/** Lets the kernel know this partition and no other one of the disk, whatever kinds of tables it can read. */
function tellOnly(sys: Sys, fd: number, disk: string, { start, size }: MadePartition): void {
  for (const name of listFolder(sys, `/sys/block/${disk}`)) {
    const number = readTextIfPresent(sys, `/sys/block/${disk}/${name}/partition`);
    if (number !== undefined) sys.blkpg(fd, BLKPG_DEL_PARTITION, Number(number), 0, 0);
  }
  sys.blkpg(fd, BLKPG_ADD_PARTITION, 1, start, size);
}
