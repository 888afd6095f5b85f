// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readContent } from '../content.ts';
import { type Bytes, bytesOf, type FileTree, type Inode } from '../file-tree.ts';

/** Alpine's list of installed packages (apk-package(5)): paragraphs that each end in an empty line. */
export const apkDatabase: Bytes = bytesOf('lib/apk/db/installed');

/** A whole desktop's is about 2 MiB. */
const maxDatabase = 64 * 1024 * 1024;

/**
 * The databases of several init images as one. In a merged root the last image's would hide the others', and tools that
 * list packages (scanners, SBOM generators) would miss what those brought; LinuxKit joins them too. Undefined with
 * fewer than two.
 */
export function joinApkDatabases(images: readonly FileTree[]): Inode | undefined {
  const found = images.flatMap((tree) => {
    const inode = tree.get(apkDatabase);
    return inode?.type === 'file' ? [inode] : [];
  });
  const last = found.at(-1);
  if (last === undefined || found.length < 2) return undefined;
  const texts = found.map((inode) =>
    readContent(inode.content, maxDatabase).toString('latin1').replace(/\n*$/, '\n\n'),
  );
  return { ...last, content: { kind: 'inline', data: Buffer.from(texts.join(''), 'latin1') } };
}
