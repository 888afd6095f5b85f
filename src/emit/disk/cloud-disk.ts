// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readFile } from 'node:fs/promises';
import type { BuildContext } from '../../context.ts';
import type { Artifacts } from '../artifacts.ts';
import { biosPartition } from '../bios/bios-partition.ts';
import type { BootFiles } from '../boot-files.ts';
import { onceFor } from '../once-for.ts';
import { biosDiskCode } from '../tools.ts';
import { unifiedKernelImage } from '../uki.ts';
import { contentKey } from './content-key.ts';
import { type PreparedDisk, prepareDisk } from './prepared-disk.ts';
import { rootPartition } from './root-partition.ts';
import { systemPartition } from './system-partition.ts';

/**
 * The disk for machines of others, which have either firmware and are not asked: a GPT with an EFI system partition for UEFI, a
 * partition that a BIOS boots, and behind them the root image when the system is in one. Without one both have all of the
 * system.
 * @throws TskitError `spec` without a kernel, `format` for what either firmware cannot take, like the tools, and `usage` for a --size that
 * is too small.
 */
export const cloudDisk: (
  files: BootFiles,
  size: number | undefined,
  artifacts: Artifacts,
  ctx: BuildContext,
) => Promise<PreparedDisk> = onceFor(async (files, size, artifacts, ctx) => {
  const uki = await unifiedKernelImage(files, ctx);
  const plan = {
    partitions: [
      systemPartition(uki, 'fat32'),
      biosPartition(files, contentKey(files, ctx)),
      ...(files.root === undefined ? [] : [rootPartition(files.root)]),
    ],
    bootCode: await readFile(biosDiskCode),
    isBiosBootable: true,
    ...(size !== undefined && { size }),
  };
  return await prepareDisk('.raw', plan, artifacts, ctx);
});
