// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { squashfsSuperblockSize, squashfsUuidFields } from '../../init/contract/root-file-systems.ts';
import { guidText } from '../archive/guid.ts';
import { encodeTar, tarEnd } from '../archive/tar-writer.ts';
import { ContentReader } from '../content.ts';
import type { BuildContext } from '../context.ts';
import type { Bytes, FileTree, Inode } from '../file-tree.ts';
import type { DraftFile } from './draft-file.ts';
import { lostXattrsOf, reportLostXattrs } from './lost-xattrs.ts';
import type { Reporter } from '../reporter.ts';
import { runTool, toolError } from './run-tool.ts';

const act = 'making the SquashFS file system';
const root = '' as Bytes;
/** What the format has a place for (Linux fs/squashfs/xattr.c). */
const keptXattrs = /^(user|trusted|security)\./;

/**
 * Writes a tree as a SquashFS file system into an empty draft. mksquashfs reads it as a tar, so that owners, devices and attributes
 * are what the tree says, whoever builds.
 * @returns what stands for its UUID (init/boot/squashfs.ts).
 * @throws TskitError `io` when mksquashfs fails or leaves something out, `store`, `interrupted`.
 */
export async function writeSquashfs(draft: DraftFile, tree: FileTree, ctx: BuildContext): Promise<string> {
  const isKept = (name: string): boolean => keptXattrs.test(name);
  const why = 'a SquashFS has no such attributes';
  reportLostXattrs(lostXattrsOf(tree, isKept), 'the root', ctx.reporter, why);
  // mksquashfs passes over the entry of the root.
  const entries = new Map([...tree].filter(([path]) => path !== root));
  // It gives the root to whoever runs it: to user 0, as fakeroot has it believe.
  const { stdout, stderr } = await runTool(
    'fakeroot',
    ['mksquashfs', '-', '/dev/fd/3', ...fixedArguments, ...rootArguments(tree.get(root), ctx.reporter)],
    {
      act,
      files: [draft.fd],
      input: async (sink) => {
        for (const chunk of encodeTar(entries, root, { epoch: ctx.epoch, keepsXattr: isKept })) await sink.write(chunk);
        await sink.write(tarEnd);
      },
    },
    ctx,
  );
  const ignored = /^.*\bignoring\b.*$/m.exec(`${stderr}\n${stdout.toString('latin1')}`);
  if (ignored !== null) throw await toolError('mksquashfs', act, ignored[0]);
  const superblock = readSuperblock(draft);
  const inodes = countInodes(tree);
  const found = superblock.readUInt32LE(4);
  if (found !== inodes)
    throw await toolError('mksquashfs', act, `expected ${inodes} inodes in the result, found ${found}`);
  return uuidOf(superblock);
}

const fixedArguments = [
  ['-tar', '-noappend', '-no-recovery', '-quiet', '-no-progress'],
  ['-comp', 'zstd', '-Xcompression-level', '6'],
  // A quarter of the machine's memory otherwise; the result is the same.
  ['-mem', '256M'],
].flat();

/** mksquashfs 4.5 takes the owner and the time of the root from nowhere when it reads a tar: it is root's, of the build's date. */
function rootArguments(inode: Inode | undefined, reporter: Reporter): readonly string[] {
  const { mode, uid, gid } = inode ?? { mode: 0o755, uid: 0, gid: 0 };
  if (uid !== 0 || gid !== 0) {
    reporter.warn(`"/" belongs to ${uid}:${gid}, which mksquashfs cannot be told: in the SquashFS it is root's`);
  }
  return ['-root-mode', mode.toString(8)];
}

function readSuperblock(draft: DraftFile): Buffer {
  using reader = new ContentReader();
  const content = { kind: 'range', file: draft.temporary, offset: 0, size: squashfsSuperblockSize } as const;
  return reader.part(content, 0, squashfsSuperblockSize);
}

/** Hard links have one together; an object of ours may stand for several directories. */
function countInodes(tree: FileTree): number {
  const inodes = [...tree.values()];
  const directories = inodes.filter(({ type }) => type === 'directory').length;
  return directories + new Set(inodes.filter(({ type }) => type !== 'directory')).size;
}

function uuidOf(superblock: Buffer): string {
  return guidText(Buffer.concat(squashfsUuidFields.map((at) => superblock.subarray(at, at + 4))));
}
