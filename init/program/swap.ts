// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describeError, errnoOf, readText } from '../files.ts';
import { AT_FDCWD, TMPFS_MAGIC } from '../linux.ts';
import { parseMountinfo } from '../mountinfo.ts';
import { expectOperands, parseArguments, UsageError } from '../runtime/arguments.ts';
import type { Sys } from '../sys.ts';
import { Failure } from './failure.ts';
import { openIfPresent } from './folder-of-files.ts';
import { attachLoop } from './loop-device.ts';
import type { Program } from './run.ts';
import { say } from './say.ts';
import { encryptOnce, writeSwapHeader } from './swap-space.ts';
import { makeZeroFile } from './zero-file.ts';

const help = `usage: swap --path FILE --size N[K|M|G] [--encrypt] [--condition part:FOLDER[:true]] [--condition partsize:FOLDER:N[K|M|G][:true]]

Makes a file below /var swap space.

options:
  --path FILE    the file, on a disk; it is made when it is missing or has another size
  --size SIZE    such as 512M or 2G
  --encrypt      encrypt it with a key that nobody knows and that ends with the boot
  --condition C  do nothing unless something is mounted on FOLDER (part), or unless its file system has so much room (partsize);
                 with ":true" behind it that is an error; may be given several times
  --debug        say more
`;

const RAMFS_MAGIC = 0x858458f6;
const mapperName = 'swapfile';
const units: Readonly<Record<string, number>> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 };
/** The kernel wants ten pages (mm/swapfile.c has no use for less than two). */
const smallest = 40_960;

/** Makes a file swap space and uses it. */
export const swap: Program = {
  name: 'swap',
  help,
  run(sys: Sys, words: readonly string[]): void {
    const { options, operands } = parseArguments(words, {
      path: { kind: 'text' },
      size: { kind: 'text' },
      encrypt: { kind: 'flag' },
      condition: { kind: 'list' },
      debug: { kind: 'flag' },
    });
    expectOperands(operands);
    const path = options.path ?? '';
    if (!/^\/var\/./.test(path) || path.split('/').includes('..')) {
      throw new UsageError(`expected --path with a file below /var and without "..", found "${path}"`);
    }
    const size = sizeOf(options.size ?? '');
    if (size < smallest) throw new UsageError(`expected --size of at least 40K, found "${options.size}"`);
    const unmet = options.condition.map((text) => unmetCondition(sys, text)).find((one) => one !== undefined);
    if (unmet !== undefined) return say(sys, `swap: none is made: ${unmet}`);
    requireDisk(sys, path);
    if (sizeAt(sys, path) !== size) {
      say(sys, `swap: makes ${path}, ${options.size}`);
      makeZeroFile(sys, path, size);
    }
    const device = attempt(`using ${path} as swap space`, () => use(sys, path, size, options.encrypt));
    say(sys, `swap: ${device}, ${options.size}`);
  },
};

function use(sys: Sys, path: string, size: number, encrypt: boolean): string {
  const device = encrypt ? encryptOnce(sys, mapperName, attachLoop(sys, path), size - (size % 512)) : path;
  writeSwapHeader(sys, device, size);
  sys.swapon(device, 0);
  return device;
}

function attempt<T>(act: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    const hints: Readonly<Record<string, string>> = {
      EPERM: 'it needs CAP_SYS_ADMIN',
      ENOENT: 'the kernel has no loop devices or no device mapper, or /dev is not bound',
      EBUSY: 'it is in use already',
      EINVAL: "the file's holes, or its file system, may forbid it; the kernel's log says which",
    };
    throw new Failure(`${act}: ${describeError(error)}`, hints[errnoOf(error) ?? '']);
  }
}

/** Bytes of "10", "10K", "10M" or "10G". */
function sizeOf(text: string): number {
  const [, digits = '', unit = ''] = /^([1-9][0-9]{0,14})([KMG]?)$/.exec(text) ?? [];
  const size = Number(digits) * (units[unit] ?? 1);
  if (digits === '' || !Number.isSafeInteger(size))
    throw new UsageError(`expected a size such as 512M or 2G, found "${text}"`);
  return size;
}

/** What is not as the condition says; undefined when it holds. Throws Failure for one that has to hold. */
function unmetCondition(sys: Sys, text: string): string | undefined {
  const [kind, folder = '', ...rest] = text.split(':');
  const isComplete = kind === 'part' ? rest.length < 2 : kind === 'partsize' && rest.length > 0 && rest.length < 3;
  if (!isComplete || folder === '') {
    throw new UsageError(`expected a condition part:FOLDER or partsize:FOLDER:SIZE, found "${text}"`);
  }
  const unmet = kind === 'part' ? notMounted(sys, folder) : tooSmall(sys, folder, rest[0] ?? '');
  if (unmet !== undefined && rest[kind === 'part' ? 0 : 1] === 'true') throw new Failure(unmet);
  return unmet;
}

function notMounted(sys: Sys, folder: string): string | undefined {
  const mounts = parseMountinfo(readText(sys, '/proc/self/mountinfo'));
  return mounts.some(({ path }) => path === folder) ? undefined : `nothing is mounted on ${folder}`;
}

function tooSmall(sys: Sys, folder: string, least: string): string | undefined {
  const wanted = sizeOf(least);
  const { size } = fileSystemOf(sys, folder) ?? { size: 0 };
  return size >= wanted ? undefined : `expected ${least} on ${folder}, found ${size} bytes`;
}

function requireDisk(sys: Sys, path: string): void {
  const folder = path.slice(0, path.lastIndexOf('/'));
  const found = fileSystemOf(sys, folder);
  if (found === undefined) throw new Failure(`making "${path}": expected the folder "${folder}", found none`);
  if (found.type === TMPFS_MAGIC || found.type === RAMFS_MAGIC) {
    throw new Failure(`expected ${path} on a disk, found it in memory`, 'mount a file system there before');
  }
}

function fileSystemOf(sys: Sys, folder: string): { readonly type: number; readonly size: number } | undefined {
  const fd = openIfPresent(sys, folder);
  if (fd === undefined) return undefined;
  try {
    return sys.fstatfs(fd);
  } finally {
    sys.close(fd);
  }
}

/** Bytes of a file; undefined when there is none. */
function sizeAt(sys: Sys, path: string): number | undefined {
  try {
    return sys.statx(AT_FDCWD, path, 0).size;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
