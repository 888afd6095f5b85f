// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { DocumentNode, Path } from './document.ts';
import type { Place, Texts } from './texts.ts';

/** Where a spec comes from. */
export interface Origin {
  /** Absolute path of the folder that relative paths of the spec start from, whichever file they were in. */
  readonly folder: string;
  /**
   * Where the entry at a path of the spec is written: the key of a map, the entry of a list. Undefined where no file has it.
   * What an alias or a merge key brings is where its anchor is.
   */
  place(path: Path): Place | undefined;
}

/** The origin of the spec that `root` is the document of. */
export function originOf(texts: Texts, folder: string, root: DocumentNode): Origin {
  return {
    folder,
    place: (path) => {
      const start = startOf(root, path);
      return start === undefined ? undefined : texts.place(start);
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
