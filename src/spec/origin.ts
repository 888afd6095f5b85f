// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { DocumentNode, Path } from './document.ts';
import { LineIndex } from './line-index.ts';

/** Where something is written; line and column are counted from 1, the column in code points. */
export interface Place {
  /** The file as the user named it. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Where a spec comes from. */
export interface Origin {
  /** Absolute path of the folder that relative paths of the spec start from. */
  readonly folder: string;
  /**
   * Where the entry at a path of the spec is written: the key of a map, the entry of a list. Undefined where no file has it.
   * What an alias or a merge key brings is where its anchor is.
   */
  place(path: Path): Place | undefined;
}

/** `file:line:column`, as messages have it. */
export function formatPlace({ file, line, column }: Place): string {
  return `${file}:${line}:${column}`;
}

/** The origin of a spec that one text is the whole of. */
export function originOf(file: string, folder: string, source: string, root: DocumentNode): Origin {
  let lines: LineIndex | undefined;
  return {
    folder,
    place: (path) => {
      const start = startOf(root, path);
      if (start === undefined) return undefined;
      lines ??= new LineIndex(source, source.length);
      const { line, column } = lines.position(start);
      return { file, line, column };
    },
  };
}

function startOf(root: DocumentNode, path: Path): number | undefined {
  let node = root;
  let start = root.start;
  for (const step of path) {
    if (node.kind === 'map') {
      const entry = node.entries.get(String(step));
      if (entry === undefined) return undefined;
      [node, start] = [entry.value, entry.key.start];
    } else if (node.kind === 'list') {
      const item = node.items[Number(step)];
      if (item === undefined) return undefined;
      [node, start] = [item, item.start];
    } else return undefined;
  }
  return start;
}
