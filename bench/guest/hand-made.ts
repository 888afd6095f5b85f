// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What it takes to pack an initramfs by hand, for systems that are not composed by tskit.

import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder as an initramfs. */
export function packCpio(tree: string): Buffer {
  const pack = 'find . | LC_ALL=C sort | cpio --create --format=newc --owner=0:0 --quiet | gzip -1';
  return execFileSync('sh', ['-c', pack], { cwd: tree, maxBuffer: 1 << 28 });
}

/** Copies a file with its mode. */
export function put(file: string, tree: string, path: string): void {
  mkdirSync(dirname(join(tree, path)), { recursive: true });
  copyFileSync(file, join(tree, path));
}
