// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { afterEach, beforeEach, expect, test } from 'vitest';
import { assemble } from '../../../src/assemble/rootfs.ts';
import { bytesOf } from '../../../src/file-tree.ts';
import type { ImageSpec } from '../../../src/spec/types.ts';
import { Assembly, flattened, textAt } from '../../support/assembly.ts';

let assembly: Assembly;
beforeEach(() => {
  assembly = new Assembly();
});
afterEach(() => assembly[Symbol.dispose]());

/** The types of the mounts that make the root of a container, and whether the runtime is to make it read-only. */
async function rootOf(settings: Partial<ImageSpec>) {
  const image = assembly.image(
    'web',
    [
      { name: 'data/', typeflag: '5' },
      { name: 'var/lib/state', data: '' },
      { name: 'var/run', typeflag: '2', link: '/run' },
      { name: 'run/lock/', typeflag: '5' },
    ],
    { Cmd: ['/web'] },
  );
  const entry: ImageSpec = { name: 'web', image: 'web', readonly: true, ...settings };
  const secrets = { token: { fw_cfg: 'opt/token' } };
  const { trees } = await assemble(flattened({ services: [entry], secrets }, [image]), { init: 'tskit' }, assembly.ctx);
  for (const { tree } of trees) {
    const files = await tree.load();
    const folder = 'containers/services/web';
    if (!files.has(bytesOf(`${folder}/runtime.json`))) continue;
    const { mounts } = JSON.parse(textAt(files, `${folder}/runtime.json`)) as {
      mounts: readonly { type?: string; destination: string }[];
    };
    const { root } = JSON.parse(textAt(files, `${folder}/config.json`)) as { root: { readonly: boolean } };
    return {
      mounts: mounts.map(({ type = 'bind', destination }) => `${type} ${destination.slice(folder.length + 2)}`),
      readonly: root.readonly,
      hasScratch: files.has(bytesOf(`${folder}/tmp`)),
    };
  }
  throw new Error('expected a bundle, found none');
}

const bound = { mounts: ['bind rootfs', 'bind rootfs'], readonly: true, hasScratch: false };
const overlaid = { mounts: ['tmpfs tmp', 'bind tmp', 'overlay rootfs'], readonly: true, hasScratch: true };

test.each<[string, Partial<ImageSpec>]>([
  ['nothing but what every container has', {}],
  ['what every image has', { binds: ['/etc/resolv.conf:/etc/resolv.conf', '/etc/hosts:/etc/hosts'] }],
  ['a folder and a file of the image', { binds: ['/a:/data', '/b:/var/lib/state/', '/c://data//'] }],
  ['a folder behind a link', { binds: ['/a:/var/run/lock'] }],
  ['what lies in another mount', { tmpfs: ['/data'], binds: ['/a:/data/not-there', '/dev/log:/dev/log'] }],
])('the read-only root of a container that mounts on %s is the image itself', async (_, settings) => {
  expect(await rootOf(settings)).toEqual(bound);
});

test.each<[string, Partial<ImageSpec>]>([
  ['a bind', { binds: ['/a:/not-there'] }],
  ['a tmpfs', { tmpfs: ['/tmp'] }],
  ['a mount', { mounts: [{ type: 'ext4', source: '/dev/vdb', destination: '/data/in' }] }],
  ['a bind behind a link', { binds: ['/a:/var/run/not-there'] }],
  ['a secret', { secrets: ['token'] }],
])('where the image has no mount point for %s, the root that becomes read-only is an overlay', async (_, settings) => {
  expect(await rootOf(settings)).toEqual(overlaid);
});

test('what an image lacks is known to the next build, which does not read it', async () => {
  await rootOf({ binds: ['/a:/not-there'] });
  const image = assembly.image('web', [{ name: 'a', data: 'another' }], { Cmd: ['/web'] });
  let loads = 0;
  const tree = { ...image.tree, load: () => ((loads += 1), image.tree.load()) };
  const services = [{ name: 'web', image: 'web', readonly: true, binds: ['/a:/not-there'] }];
  for (let build = 0; build < 2; build += 1)
    await assemble(flattened({ services }, [{ ...image, tree }]), { init: 'tskit' }, assembly.ctx);
  expect(loads).toBe(1);
});
