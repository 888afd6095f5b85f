// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { BootPlan } from '../../../init/contract/boot-plan.ts';
import { diskPlan } from '../../../src/assemble/disk-plan.ts';
import { assemble } from '../../../src/assemble/rootfs.ts';
import type { FileTree } from '../../../src/file-tree.ts';
import { parseSpec } from '../../../src/spec/parse.ts';
import type { Spec } from '../../../src/spec/types.ts';
import { Assembly, at, flattened, pathsOf, textAt } from '../../support/assembly.ts';

let assembly: Assembly;
beforeEach(() => {
  assembly = new Assembly();
});
afterEach(() => assembly[Symbol.dispose]());

const mebibyte = 1024 ** 2;
const linux = '0fc63daf-8483-4772-8e79-3d69d8477de4';

describe('the plan of a disk', () => {
  test('has a size in bytes, a type as GUID, and defaults', () => {
    const partitions = [
      { label: 'state', size: '40M', type: 'var', mount: '/var', options: ['noatime'], grow: false },
      { label: 'raw', size: '2G', filesystem: 'none' },
      { label: 'data', mount: '/data' },
    ] as const;
    expect(diskPlan({ partitions })).toEqual({
      device: 'auto',
      onFailure: 'continue',
      partitions: [
        {
          label: 'state',
          type: '4d21b016-b534-45c2-a9fb-5c16e091fd2d',
          size: 40 * mebibyte,
          least: 40 * mebibyte,
          grow: false,
          filesystem: 'ext4',
          seed: 'ext4-40m',
          mount: { path: '/var', options: ['noatime'] },
        },
        { label: 'raw', type: linux, size: 2048 * mebibyte, least: mebibyte, grow: false },
        {
          label: 'data',
          type: linux,
          least: 128 * mebibyte,
          grow: true,
          filesystem: 'ext4',
          seed: 'ext4-128m',
          mount: { path: '/data', options: ['nodev', 'nosuid'] },
        },
      ],
    });
  });

  test('is none without partitions: the size is for images', () => {
    expect(diskPlan({ size: '4G' })).toBeUndefined();
  });
});

/** The plan of a system with these parts, and its trees by their place. */
async function assembled(parts: Partial<Spec>): Promise<{ plan: BootPlan; trees: ReadonlyMap<string, FileTree> }> {
  const web = assembly.image('web', [{ name: 's', data: 'x' }], { Cmd: ['/s'] });
  const { trees } = await assemble(flattened(parts, [web]), { init: 'tskit' }, assembly.ctx);
  const loaded = new Map<string, FileTree>();
  for (const { prefix, tree } of trees) loaded.set(`${prefix}:${tree.label}`, await tree.load());
  const bundles = loaded.get(':containers and boot plan') ?? new Map();
  return { plan: JSON.parse(textAt(bundles, 'etc/tskit/boot.json')) as BootPlan, trees: loaded };
}

describe('a system with partitions', () => {
  const disk = {
    partitions: [
      { label: 'a', size: '16M', mount: '/var/lib/a' },
      { label: 'b', size: '1G', mount: '/b' },
      { label: 'c', mount: '/b/inside' },
    ],
  };

  test('has one seed for partitions of one kind, and mount points where the root cannot be written', async () => {
    const { trees } = await assembled({ disk });
    expect(pathsOf(trees.get('etc/tskit/seeds:file systems') ?? new Map())).toEqual(['', 'ext4-128m', 'ext4-16m']);
    const root = trees.get(':root file system') ?? new Map();
    expect(at(root, 'b')).toMatchObject({ type: 'directory', mode: 0o755, uid: 0 });
    expect(pathsOf(root).filter((path) => /^var\/|^b\//.test(path))).toEqual([]);
  });

  test.each([
    ['what a partition is mounted on', '/var/lib/a:/x', ['a']],
    ['a folder of it', '/var/lib/a/deep/folder:/x', ['a']],
    ['a folder above it', '/var/lib:/x', ['a']],
    ['two of them, one in the other', '/b:/x', ['b', 'c']],
    ['another folder', '/var/lib/another:/x', undefined],
    ['the whole root', '/:/x:ro', undefined],
  ])('starts a container that binds %s not without it', async (_what, bind, partitions) => {
    const { plan } = await assembled({ disk, services: [{ name: 'web', image: 'web', binds: [bind] }] });
    expect(plan.services[0]?.partitions).toEqual(partitions);
  });

  test('says that the init of an image does nothing with them', async () => {
    const init = assembly.image('init', [{ name: 'init', data: 'x', mode: 0o755 }]);
    await assemble(flattened({ init: ['init'], disk }, [init]), { init: 'auto' }, assembly.ctx);
    expect(assembly.warnings).toContain("disk: partitions are made and mounted by tskit's own init only");
  });
});

test('the spec of docs/data-partitions.md is one', () => {
  const page = readFileSync(new URL('../../../docs/data-partitions.md', import.meta.url), 'utf8');
  const [, text = ''] = /^```yaml\n(.*?)^```$/ms.exec(page) ?? [];
  expect(diskPlan(parseSpec(text, 'docs/data-partitions.md').disk ?? {})?.partitions).toHaveLength(2);
});
