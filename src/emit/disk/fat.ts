// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { sectorSize } from '../../archive/gpt.ts';
import type { BuildContext } from '../../context.ts';
import type { DraftFile } from '../draft-file.ts';
import { runTool, toolError } from '../run-tool.ts';
import type { Sink } from '../sink.ts';
import { type FatFileSize, type FatLayout, foldersOf } from './fat-layout.ts';

export interface FatFile extends FatFileSize {
  /** Writes its `size` bytes. */
  write(sink: Sink): Promise<void>;
}

export interface FatVolume extends FatLayout {
  readonly type: 'fat16' | 'fat32';
  /** At most 11 capital letters and digits. */
  readonly label: string;
  readonly serial: number;
  readonly files: readonly FatFile[];
}

/** What dates of FAT reach: from 1980 to 2107. */
const [firstDate, lastDate] = [Date.UTC(1980, 0, 1) / 1000, Date.UTC(2107, 11, 31) / 1000];

/** The first descriptor that a program inherits beside the standard ones. */
const inherited = '/dev/fd/3';

/**
 * Makes a FAT file system inside of a draft, from the byte `offset` on, which is a multiple of the sector's size. Contents go
 * through the programs' standard input, so that nothing is written twice. Names and dates are the same for everybody.
 * @throws TskitError `io` when a tool fails or its result is not what was asked for, `interrupted`, and what files throw.
 */
export async function writeFat(
  draft: DraftFile,
  offset: number,
  volume: FatVolume,
  build: BuildContext,
): Promise<void> {
  const ctx = { ...build, epoch: Math.min(Math.max(build.epoch, firstDate), lastDate) };
  const act = `making the file system "${volume.label}"`;
  const files = [draft.fd];
  const image = `${inherited}@@${offset}`;
  await runTool('mkfs.fat', mkfsArguments(offset, volume), { act, files }, ctx);
  const folders = foldersOf(volume.files.map(({ path }) => path)).map((path) => `::/${path}`);
  if (folders.length > 0) await runTool('mmd', ['-i', image, ...folders], { act, files }, ctx);
  for (const file of volume.files) {
    const input = (sink: Sink): Promise<void> => file.write(sink);
    await runTool('mcopy', ['-i', image, '-', `::/${file.path}`], { act, files, input }, ctx);
  }
  await checkSizes(image, draft, volume, act, ctx);
}

function mkfsArguments(offset: number, { size, type, sectorsPerCluster, serial, label }: FatVolume): readonly string[] {
  return [
    '--invariant',
    ['-F', type === 'fat32' ? '32' : '16'],
    ['-s', String(sectorsPerCluster)],
    // Structures are where the layout has counted them; the partition is aligned as a whole.
    '-a',
    ['-i', serial.toString(16).padStart(8, '0')],
    ['-n', label],
    // A fixed disk, without the geometry of the file that it is written into.
    ['-g', '255/63'],
    // Where it begins in the disk, for boot loaders that a BIOS starts.
    ['-h', String(offset / sectorSize)],
    ['--offset', String(offset / sectorSize)],
    inherited,
    String(size / 1024),
  ].flat();
}

/** mcopy ends with 0 when the file system is full: what it did is counted. */
async function checkSizes(
  image: string,
  draft: DraftFile,
  { files }: FatVolume,
  act: string,
  ctx: BuildContext,
): Promise<void> {
  for (const { path, size } of files) {
    const { stdout } = await runTool('mdir', ['-i', image, `::/${path}`], { act, files: [draft.fd] }, ctx);
    const found = /\s(\d+) \d{4}-\d\d-\d\d /.exec(stdout.toString('latin1'))?.[1];
    if (Number(found) !== size) {
      throw await toolError(
        'mcopy',
        act,
        `"${path}": expected ${size} bytes in the result, found ${found ?? 'no file'}`,
      );
    }
  }
}
