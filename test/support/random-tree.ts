// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Bytes, FileTree, Inode } from '../../src/file-tree.ts';
import { join } from '../../src/inodes.ts';
import { noise } from './hard-tree.ts';
import { randomNumbers } from './random-settings.ts';

/** A tree of a few dozen inodes, another for each seed: names of any bytes, contents that repeat, links, devices and attributes. */
export function randomTree(seed: number): FileTree {
  const next = randomNumbers(seed);
  const below = (limit: number): number => Math.floor(next() * limit);
  // fsck.erofs, which looks at images in the tests, loses setuid and setgid of files; GNU tar links and attributes of devices.
  const attributes = (modes = 0o2000) => ({
    mode: below(modes),
    uid: below(3) === 0 ? below(2 ** 32 - 1) : 0,
    gid: below(3) === 0 ? below(2 ** 32 - 1) : 0,
    mtime: below(1_600_000_000),
  });
  const xattrs = () => (below(4) === 0 ? { xattrs: randomXattrs(below) } : {});
  const tree = new Map<Bytes, Inode>([['' as Bytes, { type: 'directory', ...attributes(0o10000), ...xattrs() }]]);
  const folders = ['' as Bytes];
  const linkable: Inode[] = [];
  for (let left = 20 + below(60); left > 0; left -= 1) {
    const path = join(folders[below(folders.length)] ?? ('' as Bytes), randomName(below));
    if (tree.has(path) || path.length > 900) continue;
    const kind = below(12);
    if (kind < 3) {
      folders.push(path);
      tree.set(path, { type: 'directory', ...attributes(0o10000), ...xattrs() });
    } else if (kind === 3 && linkable.length > 0) {
      tree.set(path, linkable[below(linkable.length)] as Inode);
    } else {
      const inode = randomInode(kind, { ...attributes(), ...xattrs() }, below);
      if (inode.type === 'file' || inode.type === 'symlink') linkable.push(inode);
      tree.set(path, inode);
    }
  }
  return tree;
}

type Below = (limit: number) => number;

function randomInode(
  kind: number,
  full: Pick<Inode, 'mode' | 'uid' | 'gid' | 'mtime' | 'xattrs'>,
  below: Below,
): Inode {
  const { xattrs: _xattrs, ...base } = full;
  if (kind === 4) return { type: 'fifo', ...base };
  if (kind === 5) return { type: below(2) === 0 ? 'char' : 'block', ...base, major: below(200), minor: below(200) };
  if (kind === 6) return { type: 'symlink', ...base, mode: 0o777, target: 't'.repeat(1 + below(4094)) as Bytes };
  return { type: 'file', ...full, content: { kind: 'inline', data: randomContent(below) } };
}

/** Pieces of a few kinds, so that files have some of each other's blocks, and holes. */
function randomContent(below: Below): Buffer {
  if (below(2) === 0) return noise(below(5000), below(1000));
  const pieces = Array.from({ length: below(6) }, () =>
    below(4) === 0 ? Buffer.alloc(65_536 * below(3)) : noise(65_536 * (1 + below(2)), 1 + below(3)),
  );
  return Buffer.concat([...pieces, noise(below(3) * 3000, 4)]);
}

function randomName(below: Below): string {
  const length = below(10) === 0 ? 255 : 1 + below(20);
  const letters = Array.from({ length }, () => String.fromCharCode(1 + below(255)).replace(/[/\n]/, '_'));
  const name = letters.join('');
  return name === '.' || name === '..' ? 'dots' : name;
}

function randomXattrs(below: Below): Map<string, Uint8Array> {
  const prefixes = ['user.', 'trusted.', 'security.'];
  const names = Array.from({ length: 1 + below(5) }, () => `${prefixes[below(3)] ?? ''}${'n'.repeat(1 + below(100))}`);
  return new Map(names.map((name) => [name, noise(below(2000), below(3))]));
}
