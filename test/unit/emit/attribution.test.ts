// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { expandReference } from '../../../src/assemble/attribution.ts';
import { imagePath } from '../../../src/assemble/bundle.ts';
import { assemble } from '../../../src/assemble/rootfs.ts';
import { emit } from '../../../src/emit/emit.ts';
import type { FlattenedImage } from '../../../src/flatten.ts';
import type { Spec } from '../../../src/spec/types.ts';
import { Assembly, flattened } from '../../support/assembly.ts';
import { kernelModule } from '../../support/kernel-module.ts';
import { rawTar } from '../../support/raw-tar.ts';
import { tarEntries } from '../../support/tar-entries.ts';

let assembly: Assembly;
beforeEach(() => {
  assembly = new Assembly();
});
afterEach(() => assembly[Symbol.dispose]());

/** Location and source of each entry of the tar, those of an entry that is written twice joined. */
async function attributions(
  spec: Partial<Spec>,
  images: readonly FlattenedImage[],
): Promise<Readonly<Record<string, string>>> {
  const rootfs = await assemble(flattened(spec, images), { init: 'image' }, assembly.ctx);
  await emit(rootfs, { formats: ['tar'], dir: assembly.folder, name: 'os' }, assembly.ctx);
  const found: Record<string, string> = {};
  for (const { name, records } of await tarEntries(join(assembly.folder, 'os.tar'))) {
    const text = `${records['LINUXKIT.location']} ${records['LINUXKIT.source']}`;
    found[name] = found[name] === undefined || found[name] === text ? text : `${found[name]}, ${text}`;
  }
  return found;
}

const init = (reference = 'linuxkit/init:1') =>
  assembly.image(reference, [
    { name: 'init', data: '#!', mode: 0o755 },
    { name: 'etc', typeflag: '5' },
    { name: 'etc/issue', data: `of ${reference}` },
  ]);

test('every entry of a tar says which entry of the spec and which image brought it', async () => {
  const modules = rawTar({ name: 'lib/modules/6.1/kernel/a.ko', data: kernelModule('a') });
  const kernel = assembly.image('linuxkit/kernel:6.1', [
    { name: 'kernel', data: 'bz' },
    { name: 'kernel.tar', data: modules },
    { name: 'intel.cpio', data: '070701' },
  ]);
  const extra = assembly.image('ghcr.io/acme/extra:2@sha256:'.concat('0'.repeat(64)), [
    { name: 'etc/issue', data: 'of extra' },
    { name: 'bin/tool', data: 'x' },
    { name: 'bin/link', typeflag: '1', link: 'bin/tool' },
  ]);
  const web = assembly.image('nginx', [{ name: 'server', data: 'x' }], { Cmd: ['/server'] });
  const once = assembly.image('acme/once:1', [{ name: 'run', data: 'x' }], { Cmd: ['/run'] });
  const spec: Partial<Spec> = {
    kernel: { image: kernel.reference, cmdline: 'quiet', ucode: 'intel.cpio' },
    init: ['linuxkit/init:1', extra.reference],
    onboot: [
      { name: 'once', image: 'acme/once:1' },
      { name: 'again', image: 'acme/once:1' },
    ],
    onshutdown: [{ name: 'end', image: 'nginx' }],
    services: [{ name: 'web', image: 'nginx' }],
    files: [
      { path: '/etc/motd', contents: 'hi' },
      { path: '/srv/new/site', directory: true },
    ],
  };
  const found = await attributions(spec, [kernel, init(), extra, web, once]);
  const own = 'init tskit';
  const kernelImage = 'kernel docker.io/linuxkit/kernel:6.1';
  const extraImage = `init[1] ${extra.reference}`;
  const at = (image: FlattenedImage): string => imagePath(image.digest).slice(1);
  expect(found).toMatchObject({
    'boot/': kernelImage,
    'boot/kernel': kernelImage,
    'boot/cmdline': kernelImage,
    'boot/ucode.cpio': kernelImage,
    'lib/modules/6.1/kernel/a.ko': kernelImage,
    'lib/modules/6.1/modules.dep': 'kernel tskit',
    init: 'init[0] docker.io/linuxkit/init:1',
    'etc/issue': extraImage,
    'bin/tool': extraImage,
    'bin/link': extraImage,
    'containers/images/': own,
    [`${at(web)}/server`]: 'onshutdown[0] docker.io/library/nginx',
    [`${at(web)}/etc/hosts`]: 'onshutdown[0] docker.io/library/nginx',
    [`${at(once)}/`]: 'onboot[0] docker.io/acme/once:1',
    'containers/onboot/000-once/': 'onboot[0] docker.io/acme/once:1',
    'containers/onboot/001-again/config.json': 'onboot[1] docker.io/acme/once:1',
    'containers/onshutdown/000-end/runtime.json': 'onshutdown[0] docker.io/library/nginx',
    'containers/services/web/config.json': 'services[0] docker.io/library/nginx',
    'containers/services/web/rootfs/': 'services[0] docker.io/library/nginx',
    'etc/motd': 'files[0] linuxkit.files',
    'srv/new/site/': 'files[1] linuxkit.files',
    'etc/tskit/boot.json': own,
    'etc/hosts': own,
  });
  expect(Object.entries(found).filter(([, text]) => text.includes('undefined'))).toEqual([]);
});

test('an image that is both kernel and init image is named for what each entry of it is', async () => {
  const image = assembly.image('acme/all:1', [
    { name: 'kernel', data: 'bz' },
    { name: 'init', data: '#!', mode: 0o755 },
    { name: 'kernel.tar', data: rawTar({ name: 'lib/firmware/x', data: 'x' }) },
  ]);
  // The same image by another name: what its entries remember is the first one.
  const other = { ...image, reference: 'acme/init:1' };
  const found = await attributions({ kernel: { image: 'acme/all:1' }, init: ['acme/init:1'] }, [image, other]);
  expect(found).toMatchObject({
    init: 'init[0] docker.io/acme/init:1',
    'boot/kernel': 'kernel docker.io/acme/all:1',
    'lib/firmware/x': 'kernel docker.io/acme/all:1',
  });
});

test('a spec without a kernel has no /boot', async () => {
  const found = await attributions({ init: ['linuxkit/init:1'] }, [init()]);
  expect(Object.keys(found).filter((name) => name.startsWith('boot'))).toEqual([]);
});

test.each([
  ['redis', 'docker.io/library/redis'],
  ['redis:7', 'docker.io/library/redis:7'],
  ['linuxkit/init:0123', 'docker.io/linuxkit/init:0123'],
  ['localhost:5000/web', 'localhost:5000/web'],
  ['localhost:5000/web:1', 'localhost:5000/web:1'],
  [`web@sha256:${'a'.repeat(64)}`, `docker.io/library/web@sha256:${'a'.repeat(64)}`],
  ['oci:images/web:1', 'oci:images/web:1'],
  ['pkg:nginx', 'pkg:nginx'],
])('the reference %s is written as %s', (written, expanded) => {
  expect(expandReference(written)).toBe(expanded);
});
