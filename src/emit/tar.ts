// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { encodeRecords, encodeTar, tarEnd } from '../archive/tar-writer.ts';
import type { BuildContext } from '../context.ts';
import type { Bytes, FileTree, Inode } from '../file-tree.ts';
import { throwIfInterrupted } from '../oci/interruption.ts';
import type { Attribution } from '../rootfs.ts';
import type { Artifacts } from './artifacts.ts';
import type { BootableSystem } from './boot-files.ts';
import type { Sink } from './sink.ts';
import { systemTrees } from './system-trees.ts';
import { locationRecord, sourceRecord } from './tar-records.ts';

/**
 * Writes NAME.tar: the whole root as one pax archive that keeps extended attributes and files of any size, with the kernel, the
 * command line and the CPU microcode in /boot under LinuxKit's names. Records of each entry say what brought it.
 * @throws TskitError `io`, `store`, and what loading the trees throws.
 */
export async function emitTar({ rootfs }: BootableSystem, artifacts: Artifacts, ctx: BuildContext): Promise<void> {
  await artifacts.write('.tar', async (sink) => {
    for await (const { tree, prefix, label, attributionOf } of systemTrees(rootfs)) {
      const task = label === undefined ? undefined : ctx.reporter.task(`packing ${label}`);
      await writeTree(sink, tree, prefix, attributionOf, ctx);
      task?.done();
    }
    await sink.write(tarEnd);
  });
}

/** Appends the entries of a tree under a prefix, each with its attribution in LinuxKit's records. */
export async function writeTree(
  sink: Sink,
  tree: FileTree,
  prefix: Bytes,
  attributionOf: (inode: Inode) => Attribution,
  ctx: BuildContext,
): Promise<void> {
  // Few attributions have many entries.
  const encoded = new Map<Attribution, Buffer>();
  const recordsOf = (inode: Inode): Buffer => {
    const attribution = attributionOf(inode);
    let records = encoded.get(attribution);
    if (records === undefined) {
      records = encodeRecords({ [locationRecord]: attribution.location, [sourceRecord]: attribution.source });
      encoded.set(attribution, records);
    }
    return records;
  };
  for (const chunk of encodeTar(tree, prefix, { epoch: ctx.epoch, recordsOf })) {
    throwIfInterrupted(ctx.signal);
    await sink.write(chunk);
  }
}
