// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { testContext } from '../support/build-context.ts';
import { flattenImage } from '../support/flatten-image.ts';
import { readImage, writeImage } from '../support/layer-image.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { rowsOfFolder, rowsOfTree } from '../support/tree-rows.ts';

/** A folder with what tells tar formats apart: long names, links, nodes, and a file with holes. */
function sourceFolder(path: string, longNames: boolean): string {
  const root = join(path, 'source');
  const deep = join(root, longNames ? 'deep'.repeat(40) : 'deep', 'er');
  mkdirSync(deep, { recursive: true });
  writeFileSync(join(deep, longNames ? 'n'.repeat(120) : 'n'), 'content');
  execFileSync('ln', ['-s', longNames ? 't'.repeat(150) : 't', join(root, 'link')]);
  execFileSync('ln', [join(deep, longNames ? 'n'.repeat(120) : 'n'), join(root, 'hard')]);
  execFileSync('mknod', [join(root, 'null'), 'c', '1', '3']);
  const holes = join(root, 'holes');
  writeFileSync(holes, '');
  truncateSync(holes, 40 << 20);
  for (let part = 0; part < 30; part += 1) {
    execFileSync('dd', [
      'if=/bin/sh',
      `of=${holes}`,
      'bs=4096',
      'count=1',
      `seek=${part * 300}`,
      'conv=notrunc',
      'status=none',
    ]);
  }
  return root;
}

describe('a layer that GNU tar wrote', () => {
  it.each([
    ['v7', false, []],
    ['ustar', false, []],
    ['oldgnu', true, []],
    ['gnu', true, []],
    ['posix', true, []],
    ['oldgnu', true, ['--sparse']],
    ['gnu', true, ['--sparse']],
    ['posix', true, ['--sparse', '--sparse-version=0.0']],
    ['posix', true, ['--sparse', '--sparse-version=0.1']],
    ['posix', true, ['--sparse', '--sparse-version=1.0']],
  ])(
    'in format %s (long names: %s, %j) is flattened to the folder that it was made of',
    async (format, longNames, options) => {
      using folder = temporaryFolder();
      const root = sourceFolder(folder.path, longNames);
      if (format === 'v7') rmSync(join(root, 'null'));
      const archive = join(folder.path, 'layer.tar');
      execFileSync('tar', [`--format=${format}`, ...options, '-cf', archive, '-C', root, '.']);
      const image = writeImage(join(folder.path, 'layout'), [{ tar: readFileSync(archive) }]);
      const tree = await flattenImage(image, testContext(join(folder.path, 'cache')));
      expect(Object.fromEntries(rowsOfTree(tree))).toEqual(Object.fromEntries(rowsOfFolder(root)));
    },
  );

  it('is flattened from what pzstd-like tools make of it, many frames with skippable ones between them', async () => {
    using folder = temporaryFolder();
    const root = sourceFolder(folder.path, true);
    const tar = execFileSync('tar', ['-c', '-C', root, '.'], { maxBuffer: 1 << 28 });
    const skippable = Buffer.concat([Buffer.from('502a4d1803000000', 'hex'), Buffer.from('abc')]);
    const frames: Buffer[] = [];
    for (let at = 0; at < tar.length; at += 999_999) {
      frames.push(execFileSync('zstd', ['-cq'], { input: tar.subarray(at, at + 999_999) }), skippable);
    }
    const image = writeImage(join(folder.path, 'layout'), [{ tar, compression: 'zstd', blob: Buffer.concat(frames) }]);
    const tree = await flattenImage(image, testContext(join(folder.path, 'cache')));
    expect(Object.fromEntries(rowsOfTree(tree))).toEqual(Object.fromEntries(rowsOfFolder(root)));
  });
});

describe('an image that buildah committed', () => {
  it('is flattened to what umoci unpacks, whiteouts of its storage driver included', async () => {
    using folder = temporaryFolder();
    const layout = join(folder.path, 'layout');
    const storage = [
      '--root',
      join(folder.path, 'storage'),
      '--runroot',
      join(folder.path, 'run'),
      '--storage-driver',
      'vfs',
    ];
    const buildah = (...args: string[]): string =>
      execFileSync('buildah', [...storage, ...args], { encoding: 'utf8', stdio: 'pipe' }).trim();
    let base = 'scratch';
    const changes: readonly ((root: string) => void)[] = [
      (root) => execFileSync('cp', ['-a', '/etc', '/usr/share/zoneinfo', root]),
      (root) => {
        rmSync(join(root, 'etc/apt'), { recursive: true });
        rmSync(join(root, 'zoneinfo/Europe'), { recursive: true });
        mkdirSync(join(root, 'zoneinfo/Europe'));
        writeFileSync(join(root, 'zoneinfo/Europe/Atlantis'), 'new');
      },
    ];
    for (const [index, change] of changes.entries()) {
      const container = buildah('from', base);
      change(buildah('mount', container));
      buildah('umount', container);
      base = `localhost/step${index}`;
      buildah('commit', container, base);
      buildah('rm', container);
    }
    buildah('push', base, `oci:${layout}:latest`);
    buildah('rmi', '--all', '--force');
    const image = readImage(layout);
    expect(image.layers).toHaveLength(2);
    const tree = await flattenImage(image, testContext(join(folder.path, 'cache')));
    execFileSync('umoci', ['unpack', '--image', `${layout}:latest`, join(folder.path, 'bundle')], { stdio: 'pipe' });
    const theirs = rowsOfFolder(join(folder.path, 'bundle/rootfs'));
    expect(theirs.get('zoneinfo/Europe/Atlantis')).toBeDefined();
    expect(Object.fromEntries(rowsOfTree(tree))).toEqual(Object.fromEntries(theirs));
  });
});
