// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { appendFileSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A copy of the artifact whose initrd ends in one more archive, made by GNU cpio, with other contents for some files. */
export function withOverlay(
  folder: string,
  base: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): string {
  const root = join(folder, 'overlay');
  const copy = join(folder, 'overlaid');
  for (const suffix of ['-kernel', '-initrd.img', '-cmdline']) copyFileSync(`${base}${suffix}`, `${copy}${suffix}`);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    // What is there is a program or read by root.
    writeFileSync(join(root, path), content, { mode: 0o755 });
  }
  const archive = execFileSync('cpio', ['--quiet', '-o', '-H', 'newc'], {
    cwd: root,
    maxBuffer: 64 * 2 ** 20,
    input: `${Object.keys(files).join('\n')}\n`,
  });
  appendFileSync(`${copy}-initrd.img`, archive);
  return copy;
}
