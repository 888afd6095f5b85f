// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { TarEntry } from '../archive/tar.ts';
import { TskitError } from '../errors.ts';
import { type Content, textOf } from '../file-tree.ts';
import { noContent } from './apply-entry.ts';

/** The content of an entry of a tar without compression: a range of `file`, which the tar is in. Throws `archive` for a sparse file. */
export function plainContent(entry: TarEntry, file: string): Content {
  if (entry.type !== 'file') return noContent;
  if (entry.sparse === undefined) return { kind: 'range', file, offset: entry.offset, size: entry.size };
  throw new TskitError('archive', `"${textOf(entry.path)}" is a sparse file, expected an ordinary one`);
}
