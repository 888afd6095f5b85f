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
import { oddLayers } from '../support/odd-layers.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { rowsOfFolder, rowsOfTree, type TreeRows } from '../support/tree-rows.ts';

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
      oddLayers.slice(0, count).map((tar) => ({ tar })),
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
          oddLayers.map((tar) => ({ tar, compression })),
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
