// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { emit } from '../../src/emit/emit.ts';
import { testContext } from '../support/build-context.ts';
import { flattenImage } from '../support/flatten-image.ts';
import { writeImage } from '../support/layer-image.ts';
import { oddLayers } from '../support/odd-layers.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { rowsOfFolder, rowsOfTree } from '../support/tree-rows.ts';
import { file, lazy, rootfsOf, treeOf } from '../support/trees.ts';

const prefix = 'containers/images/0123456789abcdef';

describe('the format tar', () => {
  it('is extracted by GNU tar to what the trees hold, extended attributes included, and is always the same', async () => {
    using folder = temporaryFolder();
    const ctx = testContext(join(folder.path, 'cache'));
    const tree = await flattenImage(
      writeImage(
        join(folder.path, 'layout'),
        oddLayers.map((tar) => ({ tar })),
      ),
      ctx,
    );
    const kernel = {
      key: 'k',
      label: 'k',
      load: () => Promise.resolve({ kind: 'inline', data: Buffer.from('vmlinuz') } as const),
    };
    const trees = [
      { prefix, tree: lazy(tree, 'image') },
      { prefix: 'containers/images/other', tree: lazy(treeOf({ a: file('a') }), 'other') },
      { prefix: '', tree: lazy(treeOf({ init: file('init', { mode: 0o755 }) }), 'root') },
    ];
    const digests = new Set<string>();
    for (const name of ['one', 'two']) {
      await emit(rootfsOf(trees, { kernel }), { formats: ['tar'], dir: folder.path, name }, ctx);
      digests.add(
        createHash('sha256')
          .update(readFileSync(join(folder.path, `${name}.tar`)))
          .digest('hex'),
      );
    }
    expect(digests.size).toBe(1);

    const root = join(folder.path, 'root');
    mkdirSync(root);
    execFileSync('tar', [
      '--warning=no-unknown-keyword',
      '-xpf',
      join(folder.path, 'one.tar'),
      '-C',
      root,
      '--numeric-owner',
      '--xattrs',
      '--xattrs-include=*',
    ]);
    expect(Object.fromEntries(rowsOfFolder(join(root, prefix)))).toEqual(Object.fromEntries(rowsOfTree(tree)));
    expect(readFileSync(join(root, 'boot/kernel'), 'utf8')).toBe('vmlinuz');
    expect(statSync(join(root, 'boot/kernel')).mode & 0o777).toBe(0o644);
    expect(readFileSync(join(root, 'boot/cmdline'), 'utf8')).toBe('console=ttyS0');
    expect(readFileSync(join(root, 'init'), 'utf8')).toBe('init');
    const names = execFileSync('tar', ['--warning=no-unknown-keyword', '-tf', join(folder.path, 'one.tar')], {
      encoding: 'utf8',
    }).split('\n');
    expect(names.filter((name) => name === 'containers/images/')).toHaveLength(1);
  });
});
