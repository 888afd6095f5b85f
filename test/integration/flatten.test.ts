// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { testContext } from '../support/build-context.ts';
import { flattenImage } from '../support/flatten-image.ts';
import type { PulledImage } from '../../src/pull.ts';
import { readImage, writeImage } from '../support/layer-image.ts';
import { paxEntry, rawTar } from '../support/raw-tar.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { rowsOfFolder, rowsOfTree, type TreeRows } from '../support/tree-rows.ts';

const directory = (name: string, more: object = {}) => ({ name, typeflag: '5', ...more });
const link = (name: string, target: string) => ({ name, typeflag: '1', link: target });
const symlink = (name: string, target: string) => ({ name, typeflag: '2', link: target });

const longName = `${'d'.repeat(120)}/${'n'.repeat(250)}`;
const capability = Buffer.from('0100000200040000000000000000000000000000', 'hex');
const binary = Buffer.from([0x00, 0xff, 0x0a, 0x3d, 0x80, 0xc3]);

/** Every oddity of layers in which umoci and containerd agree. */
const layers: readonly Buffer[] = [
  rawTar(
    directory('./', { mode: 0o711, uid: 7 }),
    directory('usr/'),
    directory('usr/lib'),
    directory('usr/bin', { mode: 0o2775, gid: 50 }),
    symlink('lib', 'usr/lib'),
    symlink('bin', '/usr/bin'),
    symlink('up', '../../../../usr'),
    symlink('chain', 'up'),
    { name: 'usr/bin/su', mode: 0o4755, data: 'setuid' },
    link('usr/bin/su2', 'usr/bin/su'),
    { name: './usr/lib//./dots.so', data: 'dots' },
    { name: '/usr/lib/absolute.so', data: 'absolute' },
    { name: 'usr/lib/empty' },
    { name: 'big-ids', uid: Buffer.from('800000003b9aca00', 'hex'), gid: 0o7777777 },
    paxEntry({ uid: '4000000000', gid: '3000000000', mtime: '1234567890.987' }),
    { name: 'pax-ids', data: 'x' },
    { name: Buffer.from([0x66, 0xff, 0xfe, 0x21]), data: 'not UTF-8' },
    { name: 'größe/ünï', data: 'UTF-8' },
    paxEntry({ path: longName }),
    { name: 'cut', data: 'long' },
    directory('dev'),
    { name: 'dev/null', typeflag: '3', mode: 0o666, major: 1, minor: 3 },
    { name: 'dev/sda', typeflag: '4', mode: 0o660, major: 8, minor: 0 },
    { name: 'dev/zero-zero', typeflag: '3', mode: 0o600 },
    { name: 'fifo', typeflag: '6', mode: 0o622 },
    paxEntry({ 'SCHILY.xattr.security.capability': capability, 'SCHILY.xattr.user.binary': binary }),
    { name: 'ping', mode: 0o755, data: 'ping' },
    directory('sticky', { mode: 0o1777 }),
    directory('opaque'),
    { name: 'opaque/lower', data: 'lower' },
    directory('opaque/both'),
    { name: 'opaque/both/lower', data: 'lower' },
    directory('gone'),
    { name: 'gone/child', data: 'child' },
    { name: 'gone-file', data: 'x' },
    { name: 'becomes-directory', data: 'file' },
    directory('becomes-file'),
    { name: 'becomes-file/child', data: 'x' },
    { name: 'twice', data: 'first' },
    { name: 'twice', data: 'second', mode: 0o600 },
    { name: 'linked-a', data: 'linked' },
    link('linked-b', 'linked-a'),
    link('linked-c', './linked-b'),
    symlink('dangling', 'nowhere/at/all'),
    link('link-to-symlink', 'dangling'),
    directory('replaced-by-link'),
    { name: 'replaced-by-link/child', data: 'x' },
    symlink('dir-over-symlink', 'usr'),
    directory('keeps'),
    { name: 'keeps/lower', data: 'lower' },
  ),
  rawTar(
    { name: 'lib/through-link.so', data: 'through' },
    { name: 'bin/tool', data: 'through an absolute link', mode: 0o755 },
    { name: 'up/through-up', data: 'stays in the root' },
    { name: 'dangling/made', data: 'where the dangling link points' },
    { name: 'opaque/.wh..wh..opq' },
    { name: 'opaque/upper', data: 'upper' },
    directory('opaque/both'),
    { name: 'opaque/both/upper', data: 'upper' },
    { name: '.wh.gone' },
    { name: '.wh.gone-file' },
    { name: '.wh.never-was' },
    { name: 'no/such/dir/.wh.file' },
    { name: 'lib/.wh.empty' },
    directory('becomes-directory'),
    { name: 'becomes-directory/child', data: 'x' },
    { name: 'becomes-file', data: 'now a file' },
    { name: 'linked-a', data: 'the link is broken up' },
    link('across-layers', 'linked-b'),
    link('lib/link-through', 'bin/su'),
    symlink('replaced-by-link', 'usr'),
    directory('dir-over-symlink'),
    { name: 'dir-over-symlink/child', data: 'x' },
    directory('keeps', { mode: 0o700, uid: 5 }),
    { name: 'keeps/upper', data: 'upper' },
    { name: 'implied/by/path', data: 'implied' },
  ),
  rawTar(
    { name: 'gone/again', data: 'after a whiteout' },
    { name: 'keeps/again', data: 'x' },
    { name: '.wh.keeps' },
    directory('sticky'),
    { name: 'sticky/late', data: 'written before its opaque marker' },
    { name: 'sticky/.wh..wh..opq' },
    { name: 'usr/.wh.bin' },
    { name: 'implied/.wh.by' },
  ),
];

/** Directories that no entry dates, or that change after it: tools leave the time of the unpacking there. */
const undated = new Set(
  [
    'größe',
    'd'.repeat(120),
    'nowhere',
    'nowhere/at',
    'nowhere/at/all',
    'implied',
    'implied/by',
    'gone',
    'keeps',
    '',
  ].map(latin1),
);

function latin1(text: string): string {
  return Buffer.from(text).toString('latin1');
}

function withoutTheirTimes(rows: TreeRows): Record<string, string> {
  return Object.fromEntries(
    [...rows].map(([path, row]) => [path, undated.has(path) ? row.replace(/@[0-9]+/, '@') : row]),
  );
}

/** Unpacks with umoci and flattens with us. */
async function bothWays(
  folder: string,
  image: PulledImage,
  layout: string,
): Promise<{ ours: TreeRows; theirs: TreeRows }> {
  const ours = rowsOfTree(await flattenImage(image, testContext(join(folder, 'cache'))));
  const bundle = join(folder, `bundle-${image.layers.length}`);
  execFileSync('umoci', ['unpack', '--image', `${layout}:latest`, bundle], { stdio: 'pipe' });
  return { ours, theirs: rowsOfFolder(join(bundle, 'rootfs')) };
}

describe('a flattened image', () => {
  it.each([1, 2, 3])('has entry by entry what umoci unpacks from the first %i of three odd layers', async (count) => {
    using folder = temporaryFolder();
    const layout = join(folder.path, 'layout');
    const image = writeImage(
      layout,
      layers.slice(0, count).map((tar) => ({ tar })),
    );
    const { ours, theirs } = await bothWays(folder.path, image, layout);
    expect(withoutTheirTimes(ours)).toEqual(withoutTheirTimes(theirs));
  });

  it('is the same from gzip, zstd and plain layers', async () => {
    using folder = temporaryFolder();
    const compressions = ['gzip', 'zstd', 'none'] as const;
    const rows = await Promise.all(
      compressions.map(async (compression) => {
        const image = writeImage(
          join(folder.path, compression),
          layers.map((tar) => ({ tar, compression })),
        );
        return rowsOfTree(await flattenImage(image, testContext(join(folder.path, `cache-${compression}`))));
      }),
    );
    expect(rows[1]).toEqual(rows[0]);
    expect(rows[2]).toEqual(rows[0]);
  });

  it('has what umoci unpacks from layers that umoci itself packed', async () => {
    using folder = temporaryFolder();
    const layout = join(folder.path, 'layout');
    const bundle = join(folder.path, 'work');
    const root = join(bundle, 'rootfs');
    const run = (...args: string[]): void => void execFileSync('umoci', args, { stdio: 'pipe' });
    const change = (act: () => void): void => {
      run('unpack', '--image', `${layout}:latest`, bundle);
      act();
      run('repack', '--image', `${layout}:latest`, bundle);
      rmSync(bundle, { recursive: true });
    };
    run('init', '--layout', layout);
    run('new', '--image', `${layout}:latest`);
    change(() => {
      execFileSync('cp', ['-a', '/etc', '/usr/share/zoneinfo', root]);
      mkdirSync(join(root, 'nodes'));
      execFileSync('mknod', [join(root, 'nodes/null'), 'c', '1', '3']);
      execFileSync('mkfifo', [join(root, 'nodes/fifo')]);
      writeFileSync(join(root, 'linked'), 'linked');
      linkSync(join(root, 'linked'), join(root, 'zoneinfo/linked'));
    });
    change(() => {
      rmSync(join(root, 'etc/apt'), { recursive: true });
      rmSync(join(root, 'zoneinfo/Europe'), { recursive: true });
      writeFileSync(join(root, 'zoneinfo/Europe'), 'a file now');
      rmSync(join(root, 'linked'));
      chownSync(join(root, 'etc/passwd'), 1234, 5678);
      chmodSync(join(root, 'etc'), 0o1755);
    });
    const image = readImage(layout);
    expect(image.layers).toHaveLength(2);
    const { ours, theirs } = await bothWays(folder.path, image, layout);
    expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(theirs));
  });
});
