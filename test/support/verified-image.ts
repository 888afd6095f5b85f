// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { readFileSync, mkdirSync, writeFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** An EROFS image with its hashes behind it, made by the tools of others. */
export interface VerifiedImage {
  readonly bytes: Buffer;
  readonly fsSize: number;
  readonly fsUuid: string;
  readonly rootHash: string;
  /** In hex. */
  readonly salt: string;
}

/** Makes one in `folder` with mkfs.erofs and veritysetup. */
export function makeVerifiedImage(folder: string): VerifiedImage {
  const fsUuid = '01234567-89ab-cdef-0123-456789abcdef';
  const salt = 'c0ffee';
  const tree = join(folder, 'tree');
  const file = join(folder, 'root.img');
  mkdirSync(tree);
  writeFileSync(join(tree, 'hello'), 'x'.repeat(700_000));
  execFileSync('mkfs.erofs', ['-U', fsUuid, file, tree], { stdio: 'pipe' });
  const fsSize = statSync(file).size;
  const text = execFileSync('veritysetup', ['format', file, file, `--hash-offset=${fsSize}`, `--salt=${salt}`], {
    encoding: 'utf8',
  });
  const rootHash = /Root hash:\s+([0-9a-f]{64})/.exec(text)?.[1] ?? '';
  return { bytes: readFileSync(file), fsSize, fsUuid, rootHash, salt };
}
