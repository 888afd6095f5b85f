// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { imagePath } from '../../../src/assemble/bundle.ts';
import type { InitChoice } from '../../../src/assemble/init.ts';
import { assemble } from '../../../src/assemble/rootfs.ts';
import type { Bytes, FileTree, Inode } from '../../../src/file-tree.ts';
import type { FlattenedImage } from '../../../src/flatten.ts';
import type { Rootfs } from '../../../src/rootfs.ts';
import type { Spec } from '../../../src/spec/types.ts';
import { Assembly, at, flattened, pathsOf, textAt } from '../../support/assembly.ts';
import { kernelModule } from '../../support/kernel-module.ts';
import { type RawHeader, rawTar } from '../../support/raw-tar.ts';

let assembly: Assembly;
beforeEach(() => {
  assembly = new Assembly();
});
afterEach(() => assembly[Symbol.dispose]());

/** Choice `image` leaves our own binary out, which unit tests do not build. */
async function rootfs(
  spec: Partial<Spec>,
  images: readonly FlattenedImage[],
  init: InitChoice = 'image',
): Promise<Rootfs> {
  return assemble(flattened(spec, images), { init }, assembly.ctx);
}

function withInit(reference = 'init', more: Parameters<Assembly['image']>[1] = []): FlattenedImage {
  return assembly.image(reference, [{ name: 'init', data: `init of ${reference}`, mode: 0o755 }, ...more]);
}

/** What the kernel makes of the trees: all of them, in order, under their prefixes. */
async function unpacked(made: Rootfs): Promise<FileTree> {
  const result = new Map<Bytes, Inode>();
  for (const { prefix, tree } of made.trees) {
    for (const [path, inode] of await tree.load()) {
      const full = [prefix, path].filter((part) => part !== '').join('/') as Bytes;
      result.set(full, inode);
    }
  }
  return result;
}

const web = () => assembly.image('web', [{ name: 'server', data: 'x', mode: 0o755 }], { Cmd: ['/server'] });
const entry = { name: 'web', image: 'web' };

test('images come under their own folders, then modules, the root, and last bundles with the boot plan', async () => {
  const kernel = assembly.image('kernel', [
    { name: 'kernel', data: 'bz' },
    {
      name: 'kernel.tar',
      data: rawTar({ name: 'lib/modules/6.1/kernel/a.ko', data: kernelModule('a', { alias: ['fs-a'] }) }),
    },
  ]);
  const from = web();
  const made = await rootfs(
    {
      kernel: { image: 'kernel', cmdline: 'console=ttyS0\nquiet  a="b c"\r\n' },
      init: ['init'],
      onboot: [entry],
      services: [entry, { ...entry, name: 'second' }],
    },
    [withInit(), kernel, from],
  );
  expect(made.init).toBeUndefined();
  // In one line, as boot loaders read it.
  expect(made.cmdline).toBe('console=ttyS0 quiet  a="b c"');
  expect(made.trees.map(({ prefix }) => prefix)).toEqual([imagePath(from.digest).slice(1), 'lib/modules/6.1', '', '']);
  const root = await unpacked(made);
  expect(textAt(root, `${imagePath(from.digest).slice(1)}/server`)).toBe('x');
  expect(textAt(root, 'lib/modules/6.1/tskit/alias/name')).toBe('4\nfs_a\t a\n');
  expect(textAt(root, 'init')).toBe('init of init');
  expect(at(root, 'etc/resolv.conf')).toMatchObject({ type: 'symlink', target: '/run/resolvconf/resolv.conf' });
  expect(at(root, 'tmp').mode).toBe(0o1777);
  expect(pathsOf(root)).toEqual(
    expect.arrayContaining([
      'containers/onboot/000-web/config.json',
      'containers/services/web/config.json',
      'containers/services/second/config.json',
      'etc/tskit/boot.json',
    ]),
  );
});

test('every parent of every path is a directory of its tree', async () => {
  const made = await rootfs({ init: ['init'], services: [entry], files: [{ path: '/a/b/c', contents: '' }] }, [
    withInit(),
    web(),
  ]);
  for (const { tree } of made.trees) {
    const loaded = await tree.load();
    for (const path of loaded.keys()) {
      const parent = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
      expect(loaded.get(parent as Bytes)?.type).toBe('directory');
    }
  }
});

test('a later init image wins, and a distribution with /lib as a link keeps it whatever comes before', async () => {
  const first = withInit('first', [
    { name: 'etc/issue', data: 'first' },
    { name: 'lib/a', data: 'a' },
  ]);
  const second = withInit('second', [
    { name: 'etc/issue', data: 'second' },
    { name: 'usr/lib', typeflag: '5' },
    { name: 'lib', typeflag: '2', link: 'usr/lib' },
  ]);
  const root = await unpacked(await rootfs({ init: ['first', 'second'] }, [first, second]));
  expect(textAt(root, 'init')).toBe('init of second');
  expect(textAt(root, 'etc/issue')).toBe('second');
  expect(at(root, 'lib').type).toBe('symlink');
  expect(textAt(root, 'usr/lib/a')).toBe('a');
  expect(assembly.notes).toEqual([expect.stringContaining('image "second" brings /init, which boots')]);
});

test("package databases of Alpine's init images are joined", async () => {
  const images = ['a', 'b'].map((name) => withInit(name, [{ name: 'lib/apk/db/installed', data: `P:${name}\n\n` }]));
  const root = await unpacked(await rootfs({ init: ['a', 'b'] }, images));
  expect(textAt(root, 'lib/apk/db/installed')).toBe('P:a\n\nP:b\n\n');
});

test('kernel modules of a merged-/usr system lie where its /lib leads, and an init image may add to them', async () => {
  const init = withInit('init', [
    { name: 'usr/lib/modules/6.1/extra/b.ko', data: kernelModule('b', { depends: 'a' }) },
    { name: 'lib', typeflag: '2', link: 'usr/lib' },
  ]);
  const kernel = assembly.image('kernel', [
    { name: 'kernel', data: 'bz' },
    { name: 'kernel.tar', data: rawTar({ name: 'lib/modules/6.1/kernel/a.ko', data: kernelModule('a') }) },
  ]);
  const files = [{ path: '/lib/modules/6.1/extra/readme', contents: 'x' }];
  const made = await rootfs({ kernel: { image: 'kernel' }, init: ['init'], files }, [init, kernel]);
  expect(made.trees[0]?.prefix).toBe('usr/lib/modules/6.1');
  const root = await unpacked(made);
  expect(at(root, 'lib').type).toBe('symlink');
  expect(textAt(root, 'usr/lib/modules/6.1/tskit/modules')).toBe('a\tkernel/a.ko\t\t\nb\textra/b.ko\ta\t\n');
  expect(textAt(root, 'usr/lib/modules/6.1/extra/readme')).toBe('x');
});

test("a file that would lie among the modules through a link of the user's is an error", async () => {
  const kernel = assembly.image('kernel', [
    { name: 'kernel', data: 'bz' },
    { name: 'kernel.tar', data: rawTar({ name: 'lib/modules/6.1/kernel/a.ko', data: kernelModule('a') }) },
  ]);
  const files = [
    { path: '/m', symlink: '/lib/modules/6.1' },
    { path: '/m/b.ko', contents: '' },
  ];
  const made = await rootfs({ kernel: { image: 'kernel' }, init: ['init'], files }, [withInit(), kernel]);
  await expect(unpacked(made)).rejects.toThrow('adding a file that leads to "/lib/modules/6.1/b.ko" through a link');
});

test.each<[string, string, readonly RawHeader[]]>([
  [
    '/etc',
    'symlink',
    [
      { name: 'usr/etc', typeflag: '5' },
      { name: 'etc', typeflag: '2', link: 'usr/etc' },
    ],
  ],
  ['/containers/services', 'file', [{ name: 'containers/services', data: 'x' }]],
])('an init image in which %s is a %s is an error', async (path, type, entries) => {
  await expect(rootfs({ init: ['init'] }, [withInit('init', entries)])).rejects.toThrow(
    `merging init images into /: expected "${path}" to be a directory, found a ${type}`,
  );
});

test('a sentinel or a plan of an init image does not reach the root', async () => {
  const init = withInit('init', [
    { name: 'etc/tskit/complete', data: '' },
    { name: 'etc/tskit/boot.json', data: 'theirs' },
  ]);
  const root = await unpacked(await rootfs({ init: ['init'] }, [init]));
  expect(pathsOf(root)).not.toContain('etc/tskit/complete');
  expect(textAt(root, 'etc/tskit/boot.json')).toMatch(/^{"version":2/);
});

test('--init image without an image that brings /init is an error', async () => {
  const image = assembly.image('init', [{ name: 'bin/sh', data: '' }]);
  await expect(rootfs({ init: ['init'] }, [image])).rejects.toMatchObject({
    code: 'not-found',
    message: '--init image: expected an image under init: that brings /init, found none',
  });
});

test("an image's init does not know how entries are kept up, which is warned of", async () => {
  const service = { ...entry, name: 'two', restart: 'always', depends_on: [] };
  await rootfs({ init: ['init'], onboot: [{ ...entry, timeout: '5s' }], services: [service] }, [withInit(), web()]);
  expect(assembly.warnings).toEqual([
    'onboot "web": timeout has no effect with the /init of an image',
    'services "two": restart, depends_on have no effect with the /init of an image',
  ]);
});

test("an image's init does not know on_failure: halt, which is warned of", async () => {
  await rootfs({ init: ['init'], onboot: [{ ...entry, on_failure: 'halt' }] }, [withInit(), web()]);
  expect(assembly.warnings).toEqual(['onboot "web": on_failure: halt has no effect with the /init of an image']);
});

test("scripts that LinuxKit's init would run are warned of, unless that is what boots", async () => {
  const files = ['/etc/init.d/002-vlan', 'etc/shutdown.d/x', '/etc/init.d', '/etc/motd'].map((path) =>
    path === '/etc/init.d' ? { path, directory: true } : { path, contents: '' },
  );
  await rootfs({ init: ['init'], files }, [withInit()]);
  expect(assembly.warnings).toEqual([]);
  await rootfs({ files }, [], 'tskit');
  const rest = "will not be run: tskit's init runs no scripts; make it an onboot or onshutdown entry";
  expect(assembly.warnings).toEqual([`files: "/etc/init.d/002-vlan" ${rest}`, `files: "/etc/shutdown.d/x" ${rest}`]);
});

test('the USER of an image is whom its containers run as, where the entry does not say', async () => {
  const image = assembly.image('web', [{ name: 'etc/passwd', data: 'www-data:x:33:34::/:\n' }], {
    Cmd: ['/s'],
    User: 'www-data',
  });
  const services = [entry, { ...entry, name: 'b', uid: 5 }, { ...entry, name: 'c', user: 'root' }];
  const tree = await unpacked(await rootfs({ init: ['init'], services }, [withInit(), image]));
  const users = ['web', 'b', 'c'].map(
    (name) => JSON.parse(textAt(tree, `containers/services/${name}/config.json`)).process.user,
  );
  expect(users).toEqual([
    { uid: 33, gid: 34, additionalGids: [34] },
    { uid: 5, gid: 0 },
    { uid: 0, gid: 0 },
  ]);
  expect(assembly.notes.filter((note) => note.includes('USER'))).toEqual([]);
});

test('what cgroup v2 cannot do is warned of, and it builds all the same', async () => {
  const resources = { cpu: { realtimeRuntime: 5 }, memory: { swappiness: 60 } };
  const interfaces = [{ name: 'br0', add: 'bridge', peer: 'x' }];
  await rootfs({ init: ['init'], onboot: [{ ...entry, resources, runtime: { interfaces } }] }, [withInit(), web()]);
  expect(assembly.warnings).toEqual([
    'onboot "web": resources.memory.swappiness has no effect: cgroup v2 has nothing like it',
    'onboot "web": resources.cpu.realtimeRuntime is left out: cgroup v2 has nothing like it',
    'onboot "web": runtime.interfaces "br0": peer has no effect: only a veth pair has one, "bridge" does not',
  ]);
});

test('a STOPSIGNAL that does not exist is warned of', async () => {
  const names = ['SIGQUIT', 'term', '9', 'SIGRTMIN+3', 'SIGFOO', '65'];
  const images = names.map((StopSignal, index) => assembly.image(`i${index}`, [], { Cmd: ['/s'], StopSignal }));
  const services = images.map(({ reference }, index) => ({ name: `s${index}`, image: reference }));
  await rootfs({ init: ['init'], services }, [withInit(), ...images]);
  expect(assembly.warnings).toEqual([
    'image "i4": STOPSIGNAL: expected a signal such as "SIGQUIT", found "SIGFOO"; SIGTERM is used',
    'image "i5": STOPSIGNAL: expected a signal such as "SIGQUIT", found "65"; SIGTERM is used',
  ]);
});

test('two references to one image share one tree', async () => {
  const image = web();
  const services = [entry, { name: 'again', image: 'again' }];
  const made = await rootfs({ init: ['init'], services }, [withInit(), image, { ...image, reference: 'again' }]);
  expect(made.trees.filter(({ prefix }) => prefix.startsWith('containers/images/'))).toHaveLength(1);
});

/** Everything of a rootfs that decides what is written. */
function keys(made: Rootfs): string {
  return JSON.stringify([
    made.init?.key,
    made.trees.map(({ prefix, tree }) => [prefix, tree.key]),
    made.kernel?.key,
    made.ucode?.key,
    made.cmdline,
  ]);
}

function unloadable(image: FlattenedImage): FlattenedImage {
  return { ...image, tree: { ...image.tree, load: () => Promise.reject(new Error(`${image.reference} was loaded`)) } };
}

test('a second build of the same spec has the same keys and loads no tree', async () => {
  const images = [withInit(), web()];
  const spec: Partial<Spec> = { init: ['init'], services: [entry], files: [{ path: '/a', contents: 'x' }] };
  const first = keys(await rootfs(spec, images));
  expect(readdirSync(join(assembly.ctx.cache, 'facts'))).toHaveLength(1);
  expect(keys(await rootfs(spec, images.map(unloadable)))).toBe(first);
  rmSync(assembly.ctx.cache, { recursive: true });
  expect(keys(await rootfs(spec, images))).toBe(first);
});

test('damaged facts are learned anew', async () => {
  const images = [withInit(), web()];
  const first = keys(await rootfs({ init: ['init'] }, images));
  const folder = join(assembly.ctx.cache, 'facts');
  for (const [index, text] of ['', '{"initImage":0}', '[]', 'null'].entries()) {
    for (const name of readdirSync(folder)) writeFileSync(join(folder, name), text);
    expect([index, keys(await rootfs({ init: ['init'] }, images))]).toEqual([index, first]);
  }
});

test('two builds make the same trees entry by entry', async () => {
  const images = [withInit(), web()];
  const spec: Partial<Spec> = { init: ['init'], services: [entry], files: [{ path: '/a', contents: 'x' }] };
  const first = await unpacked(await rootfs(spec, images));
  expect(await unpacked(await rootfs(spec, images))).toEqual(first);
});

test('a change of one service touches the key of the last tree only, a changed file that of the root', async () => {
  const kernel = assembly.image('kernel', [
    { name: 'kernel', data: 'bz' },
    { name: 'kernel.tar', data: rawTar({ name: 'lib/modules/6.1/kernel/a.ko', data: kernelModule('a') }) },
  ]);
  const images = [withInit(), withInit('other'), kernel, web()];
  const base: Partial<Spec> = {
    kernel: { image: 'kernel' },
    init: ['init'],
    services: [entry],
    files: [{ path: '/a', contents: 'x' }],
  };
  const changed = async (change: Partial<Spec>) => {
    const [before, after] = [await rootfs(base, images), await rootfs({ ...base, ...change }, images)];
    return before.trees.map((placed, index) => placed.tree.key !== after.trees[index]?.tree.key);
  };
  // Image, modules, root, bundles.
  expect(await changed({ services: [{ ...entry, env: ['A=1'] }] })).toEqual([false, false, false, true]);
  expect(await changed({ files: [{ path: '/a', contents: 'y' }] })).toEqual([false, false, true, false]);
  expect(await changed({ files: [{ path: '/lib/modules/6.1/x', contents: 'y' }] })).toEqual([false, true, true, false]);
  expect(await changed({ init: ['other'] })).toEqual([false, false, true, false]);
  expect(await changed({})).toEqual([false, false, false, false]);
});

test('nothing is written into the cache before a tree is loaded but what was learned', async () => {
  await rootfs({ services: [entry], init: ['init'] }, [withInit(), web()]);
  expect(existsSync(join(assembly.ctx.cache, 'segments'))).toBe(false);
});

test('a mode that files gives /etc survives the boot plan that lies below it', async () => {
  const made = await rootfs({ init: ['init'], files: [{ path: '/etc', directory: true, mode: '0711' }] }, [withInit()]);
  expect(at(await unpacked(made), 'etc').mode).toBe(0o711);
});

test('a watchdog is in the boot plan with its defaults; without one, what is critical means nothing, which is told', async () => {
  const critical = { ...entry, critical: true };
  const plan = async (spec: Partial<Spec>): Promise<unknown> => {
    const text = textAt(
      await unpacked(await rootfs({ init: ['init'], services: [critical], ...spec }, [withInit(), web()])),
      'etc/tskit/boot.json',
    );
    return (JSON.parse(text) as { watchdog?: unknown }).watchdog;
  };
  expect(await plan({ watchdog: {} })).toEqual({ device: '/dev/watchdog0', timeout: 60 });
  expect(await plan({ watchdog: { device: '/dev/watchdog1', timeout: '1m30s' } })).toMatchObject({ timeout: 90 });
  expect(assembly.warnings.some((text) => text.includes('watchdog'))).toBe(false);
  expect(await plan({})).toBeUndefined();
  expect(assembly.warnings).toContain('critical of "web" means nothing without `watchdog: {}` in the spec');
});
