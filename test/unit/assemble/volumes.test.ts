// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { BootPlan } from '../../../init/contract/boot-plan.ts';
import type { RuntimeConfig } from '../../../init/contract/runtime-config.ts';
import { imagePath } from '../../../src/assemble/bundle.ts';
import { assemble } from '../../../src/assemble/rootfs.ts';
import { bytesOf, type FileTree, type LazyTree } from '../../../src/file-tree.ts';
import type { FlattenedImage } from '../../../src/flatten.ts';
import { inlineFile } from '../../../src/inodes.ts';
import type { Spec } from '../../../src/spec/types.ts';
import { Assembly, at, epoch, flattened, pathsOf, textAt } from '../../support/assembly.ts';

let assembly: Assembly;
beforeEach(() => {
  assembly = new Assembly();
});
afterEach(() => assembly[Symbol.dispose]());

const layout: LazyTree = {
  key: 'layout',
  label: 'layout',
  load: () => Promise.resolve(new Map([[bytesOf('oci-layout'), inlineFile(epoch, '{}')]])),
};

/** The small tree of a spec with these parts, and where the other trees go. */
async function assembled(
  parts: Partial<Spec>,
  images: readonly FlattenedImage[],
  layouts: readonly string[] = [],
): Promise<{ tree: FileTree; plan: BootPlan; prefixes: readonly string[] }> {
  const init = assembly.image('init', [{ name: 'init', data: 'x', mode: 0o755 }]);
  const spec = {
    ...flattened({ init: ['init'], ...parts }, [init, ...images]),
    layouts: new Map(layouts.map((name) => [name, layout])),
  };
  const { trees } = await assemble(spec, { init: 'image' }, assembly.ctx);
  const tree = (await trees.at(-1)?.tree.load()) ?? new Map();
  const plan = JSON.parse(textAt(tree, 'etc/tskit/boot.json')) as BootPlan;
  return { tree, plan, prefixes: trees.map(({ prefix }) => prefix) };
}

const web = (label?: object): FlattenedImage =>
  assembly.image('web', [{ name: 's', data: 'x' }], {
    Cmd: ['/s'],
    ...(label === undefined ? {} : { Labels: { 'org.mobyproject.config': JSON.stringify(label) } }),
  });

describe('the folder of a volume', () => {
  test('is LinuxKit’s: what it holds is in lower, and tmp and merged are mount points', async () => {
    const image = web();
    const { tree, prefixes } = await assembled(
      {
        volumes: [
          { name: 'blank' },
          { name: 'tree', image: 'web', readonly: true },
          { name: 'layout', image: 'web', format: 'oci' },
        ],
      },
      [image],
      ['layout'],
    );
    const folder = 'containers/volumes';
    expect(pathsOf(tree).filter((path) => path.startsWith(`${folder}/`))).toEqual([
      `${folder}/blank`,
      `${folder}/blank/lower`,
      `${folder}/blank/merged`,
      `${folder}/blank/tmp`,
      `${folder}/layout`,
      `${folder}/layout/merged`,
      `${folder}/layout/tmp`,
      `${folder}/tree`,
      `${folder}/tree/lower`,
      `${folder}/tree/merged`,
      `${folder}/tree/tmp`,
    ]);
    expect(at(tree, `${folder}/blank/lower`)).toMatchObject({ type: 'directory', mode: 0o755 });
    const target = `../../images/${image.digest.slice(7, 23)}`;
    expect(at(tree, `${folder}/tree/lower`)).toMatchObject({ type: 'symlink', target });
    expect(prefixes).toEqual([imagePath(image.digest).slice(1), `${folder}/layout/lower`, '', '']);
  });

  test('leads to the tree that containers of the image have too, which is there once', async () => {
    const image = web();
    const { prefixes } = await assembled(
      { volumes: [{ name: 'tree', image: 'web' }], services: [{ name: 'web', image: 'web' }] },
      [image],
    );
    expect(prefixes).toEqual([imagePath(image.digest).slice(1), '', '']);
  });
});

test('the boot plan mounts an overlay with an upper folder, and one without for a volume that is read-only', async () => {
  const { plan } = await assembled({ volumes: [{ name: 'a' }, { name: 'b', readonly: true }] }, []);
  expect(plan.volumes).toEqual([
    {
      name: 'a',
      folder: '/containers/volumes/a',
      mounts: [
        { destination: '/containers/volumes/a/tmp', type: 'tmpfs', source: 'tmpfs' },
        { destination: '/containers/volumes/a/tmp', options: ['private'] },
        {
          destination: '/containers/volumes/a/merged',
          type: 'overlay',
          source: 'overlay',
          options: [
            'lowerdir=/containers/volumes/a/lower',
            'upperdir=/containers/volumes/a/tmp/upper',
            'workdir=/containers/volumes/a/tmp/work',
          ],
        },
      ],
    },
    {
      name: 'b',
      folder: '/containers/volumes/b',
      mounts: [
        {
          destination: '/containers/volumes/b/merged',
          type: 'overlay',
          source: 'overlay',
          options: ['ro', 'lowerdir=/containers/volumes/b/lower:/containers/volumes/b/tmp'],
        },
      ],
    },
  ]);
});

describe('a container', () => {
  const volumes = [{ name: 'data' }, { name: 'fixed', readonly: true }];
  const merged = (name: string): string => `/containers/volumes/${name}/merged`;

  /** The mounts of the only service's config.json, by destination, and the volumes that the plan says it has. */
  async function mountsOf(entry: object, label?: object) {
    const parts = { volumes, services: [{ name: 'web', image: 'web', ...entry }] };
    const { tree, plan } = await assembled(parts, [web(label)]);
    const config = JSON.parse(textAt(tree, 'containers/services/web/config.json')) as RuntimeConfig;
    const mounts = new Map(config.mounts?.map((mount) => [mount.destination, mount]));
    return { mounts, used: plan.services[0]?.volumes };
  }

  test('has volumes by binds, binds.add and mounts', async () => {
    const { mounts, used } = await mountsOf({
      binds: ['data:/a', '/etc:/etc'],
      'binds.add': ['fixed:/b:ro'],
      mounts: [
        { type: 'bind', source: 'data', destination: '/c' },
        { type: 'bind', source: 'fixed', destination: '/d', options: ['bind', 'ro'] },
      ],
    });
    expect(mounts.get('/a')).toMatchObject({ source: merged('data'), options: ['rw', 'rbind', 'rshared'] });
    expect(mounts.get('/b')).toMatchObject({ source: merged('fixed'), options: ['ro', 'rbind'] });
    expect(mounts.get('/c')).toMatchObject({ type: 'bind', source: merged('data'), options: ['rbind'] });
    expect(mounts.get('/d')).toMatchObject({ source: merged('fixed'), options: ['bind', 'ro'] });
    expect(mounts.get('/etc')).toMatchObject({ source: '/etc' });
    expect(used).toEqual(['data', 'fixed']);
  });

  test('has those that its image’s label names', async () => {
    const { mounts, used } = await mountsOf({}, { binds: ['data:/a'] });
    expect(mounts.get('/a')).toMatchObject({ source: merged('data') });
    expect(used).toEqual(['data']);
  });

  test.each([
    [{ binds: ['dat:/a'] }, 'binds: expected an absolute path or the name of a volume, found "dat"'],
    [{ binds: ['fixed:/a'] }, 'binds: expected the option "ro", because volume "fixed" is read-only'],
    [
      { mounts: [{ type: 'bind', source: 'fixed', destination: '/a' }] },
      'mounts: expected the option "ro", because volume "fixed" is read-only',
    ],
  ])('is refused whose label says %j', async (label, message) => {
    await expect(mountsOf({}, label)).rejects.toThrow(`assembling services[0] "web" of image "web": ${message}`);
  });

  test('that binds the path of a volume uses it', async () => {
    const { used } = await mountsOf({ binds: [`${merged('data')}/below:/a`, '/containers/volumes/fixed:/b'] });
    expect(used).toEqual(['data', 'fixed']);
    expect(assembly.notes.filter((note) => note.startsWith('volume'))).toEqual([]);
  });

  test('that uses none is not said to, and the volumes that nobody uses are named', async () => {
    expect((await mountsOf({ binds: ['/containers/volumes-of-another:/a'] })).used).toBeUndefined();
    expect(assembly.notes.filter((note) => note.startsWith('volume'))).toEqual([
      'volume "data": no container uses it',
      'volume "fixed": no container uses it',
    ]);
  });
});

test('an init image cannot have a link where volumes go', async () => {
  const linked = assembly.image('linked', [{ name: 'containers/volumes', typeflag: '2', link: '/var' }]);
  await expect(assembled({ init: ['init', 'linked'] }, [linked])).rejects.toThrow(
    'expected "/containers/volumes" to be a directory, found a symlink',
  );
});
