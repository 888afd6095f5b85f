// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Bytes } from '../file-tree.ts';
import type { ReadRoot } from '../installed/read-root.ts';

/** A file of a system that is compared. */
export interface DiffFile {
  readonly type: 'file' | 'directory' | 'symlink' | 'char' | 'block' | 'fifo';
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Of a regular file's content; else 0. */
  readonly size: number;
  /** Where a symbolic link leads; the numbers of a device. */
  readonly detail: string;
  /** Equal ones mean equal contents, whatever unequal ones mean. */
  readonly identity: string;
  /** SHA-256 of the content in hex, computed when somebody asks. */
  digest(): string;
}

/** What is known of the kernel beside the root. */
export interface DiffKernel {
  /** Reference and digest, of a spec's. */
  readonly image?: string;
  readonly imageDigest?: string;
  readonly size: number;
  readonly sha256: string;
  /** As the kernel itself says it: "6.1.0-13-cloud-amd64 (…) #1 SMP …". */
  readonly version?: string;
}

/** One of the two systems, whatever it was read from. */
export interface Side {
  /** As the user named it. */
  readonly label: string;
  readonly kind: 'spec' | 'build' | 'initrd' | 'tar';
  readonly kernel?: DiffKernel;
  /** Absent where what was read does not hold it (a lone initrd). */
  readonly cmdline?: string;
  /** Without the root itself. */
  readonly files: ReadonlyMap<Bytes, DiffFile>;
  readonly root: ReadRoot;
}
