// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { AT_FDCWD, O_CLOEXEC, O_PATH } from '../linux.ts';
import { logDir } from '../contract/paths.ts';
import type { Sys } from '../sys.ts';

/** Part of /var that all logs together may fill. */
const share = 1 / 4;

/** A log in files, which can give up the oldest of them. */
export interface Shrinkable {
  size(): number;
  dropOldest(): void;
}

/** What all logs in files may take together, so that they never fill /var. */
export interface Budget {
  /** Bytes. */
  limit(): number;
  join(log: Shrinkable): void;
  /** Looks at the file system again: another one may have been mounted. */
  measure(): void;
  /** Lets the largest logs give up their oldest files until there is room. */
  makeRoom(bytes: number): void;
}

export function createBudget(sys: Sys): Budget {
  const logs: Shrinkable[] = [];
  let limit = Infinity;
  return {
    limit: () => limit,
    join(log) {
      logs.push(log);
    },
    measure() {
      const folder = sys.openat(AT_FDCWD, logDir, O_PATH | O_CLOEXEC, 0);
      try {
        // A file system without a size of its own (ramfs) says 0.
        limit = sys.fstatfs(folder).size * share || Infinity;
      } finally {
        sys.close(folder);
      }
    },
    makeRoom(bytes) {
      let total = logs.reduce((sum, log) => sum + log.size(), bytes);
      while (total > limit) {
        const [largest] = logs.toSorted((a, b) => b.size() - a.size());
        const before = largest?.size() ?? 0;
        if (largest === undefined || before === 0) return;
        largest.dropOldest();
        total -= before - largest.size();
      }
    },
  };
}
