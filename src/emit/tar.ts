// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { encodeRecords, encodeTar, tarEnd } from '../archive/tar-writer.ts';
import type { BuildContext } from '../context.ts';
import type { Bytes, FileTree, Inode } from '../file-tree.ts';
import { throwIfInterrupted } from '../oci/interruption.ts';
import type { Origin, Rootfs } from '../rootfs.ts';
import type { Artifacts } from './artifacts.ts';
import type { Sink } from './sink.ts';
import { systemTrees } from './system-trees.ts';
import { locationRecord, sourceRecord } from './tar-records.ts';

/**
 * Writes NAME.tar: the whole root as one pax archive that keeps extended attributes and files of any size, with the kernel, the
 * command line and the CPU microcode in /boot under LinuxKit's names. Records of each entry say what brought it.
 * @throws TskitError `io`, `store`, and what loading the trees throws.
 */
export async function emitTar(rootfs: Rootfs, artifacts: Artifacts, ctx: BuildContext): Promise<void> {
  await artifacts.write('.tar', async (sink) => {
    for await (const { tree, prefix, label, originOf } of systemTrees(rootfs)) {
      const task = label === undefined ? undefined : ctx.reporter.task(`packing ${label}`);
      await writeTree(sink, tree, prefix, originOf, ctx);
      task?.done();
    }
    await sink.write(tarEnd);
  });
}

/** Appends the entries of a tree under a prefix, each with its origin in LinuxKit's records. */
export async function writeTree(
  sink: Sink,
  tree: FileTree,
  prefix: Bytes,
  originOf: (inode: Inode) => Origin,
  ctx: BuildContext,
): Promise<void> {
  // Few origins have many entries.
  const encoded = new Map<Origin, Buffer>();
  const recordsOf = (inode: Inode): Buffer => {
    const origin = originOf(inode);
    let records = encoded.get(origin);
    if (records === undefined) {
      records = encodeRecords({ [locationRecord]: origin.location, [sourceRecord]: origin.source });
      encoded.set(origin, records);
    }
    return records;
  };
  for (const chunk of encodeTar(tree, prefix, { epoch: ctx.epoch, recordsOf })) {
    throwIfInterrupted(ctx.signal);
    await sink.write(chunk);
  }
}
