// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The index of a real kernel's modules, with Debian's kmod as the judge.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openModuleIndex, type ModuleIndex } from '../../init/boot/module-index.ts';
import { modulesDir } from '../../init/contract/paths.ts';
import type { Sys } from '../../init/sys.ts';
import { decompressKernel } from '../../src/kernel/payload.ts';
import { kernelOf } from '../../src/assemble/kernel.ts';
import { indexModules } from '../../src/assemble/modules.ts';
import { pruneModules } from '../../src/assemble/prune-modules.ts';
import { fingerprint, subtree } from '../../src/assemble/subtree.ts';
import { readContent } from '../../src/content.ts';
import { bytesOf, type FileTree } from '../../src/file-tree.ts';
import { Assembly, pathsOf, textAt } from '../support/assembly.ts';
import { debianKernel } from '../support/debian-kernel.ts';
import { rawEntry } from '../support/raw-tar.ts';

const assembly = new Assembly();
let kernel: { root: string; release: string };
let tree: FileTree;
let index: ModuleIndex;

beforeAll(async () => {
  kernel = await debianKernel(assembly.folder);
  tree = await indexed(kernel.root);
  index = openIndex(tree);
  await execa('depmod', ['-b', kernel.root, kernel.release]);
});
afterAll(() => assembly[Symbol.dispose]());

/** The release's folder as a build makes it from a kernel.tar of what is below `root`. */
async function indexed(root: string): Promise<FileTree> {
  const { stdout: tar } = await execa('tar', ['--create', '--directory', root, 'lib'], {
    encoding: 'buffer',
    maxBuffer: 2 ** 30,
  });
  const image = assembly.image('kernel', [{ name: 'kernel.tar', data: Buffer.from(tar) }]);
  const modules = await kernelOf({ image: 'kernel' }, image, assembly.ctx).modules?.load();
  if (modules === undefined) throw new Error('no modules');
  return indexModules(subtree(modules, bytesOf(`lib/modules/${kernel.release}`)), 'kernel', assembly.ctx);
}

/** The index as init opens it. */
function openIndex(from: FileTree): ModuleIndex {
  const opened = openModuleIndex(systemWith(from), kernel.release);
  if (opened === undefined) throw new Error('init found no index');
  return opened;
}

/** Just enough of the system calls to read the tree's files. */
function systemWith(from: FileTree): Sys {
  const open = new Map<number, Buffer>();
  let next = 3;
  const calls = {
    openat: (_dirfd: number, path: string) => {
      const name = path.slice(`${modulesDir}/${kernel.release}/`.length);
      if (!from.has(bytesOf(name)))
        throw Object.assign(new Error(`openat ${path}: ENOENT`), { errno: 2, code: 'ENOENT' });
      open.set(next, Buffer.from(textAt(from, name)));
      return next++;
    },
    read: (fd: number, buffer: Uint8Array) => {
      const rest = open.get(fd) ?? Buffer.alloc(0);
      const count = rest.copy(buffer);
      open.set(fd, rest.subarray(count));
      return count;
    },
    close: (fd: number) => void open.delete(fd),
    decodeUtf8: (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8'),
  };
  return calls as unknown as Sys;
}

function depmodLines(name: string): readonly string[] {
  return readFileSync(join(kernel.root, 'lib/modules', kernel.release, name), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
}

test("modules.dep says what depmod's says", () => {
  const ours = textAt(tree, 'modules.dep').split('\n').filter(Boolean);
  const normal = (line: string) => {
    const [path, rest = ''] = line.split(':');
    return `${path}: ${rest.trim().split(' ').sort().join(' ')}`;
  };
  expect(ours.length).toBeGreaterThan(1000);
  expect(ours.map(normal)).toEqual(depmodLines('modules.dep').map(normal));
});

test("modules.alias is depmod's", () => {
  expect(textAt(tree, 'modules.alias').split('\n').filter(Boolean).sort()).toEqual(
    [...depmodLines('modules.alias')].sort(),
  );
});

test("modules.devname has depmod's device nodes", () => {
  const ours = textAt(tree, 'modules.devname').split('\n').filter(Boolean);
  expect(ours).toContain('fuse fuse c10:229');
  expect(ours.sort()).toEqual([...depmodLines('modules.devname')].sort());
});

test('every module comes after all that it depends on', () => {
  const needs = new Map(
    depmodLines('modules.dep').map((line) => {
      const [path = '', rest = ''] = line.split(':');
      return [path, rest.split(' ').filter(Boolean).map(nameOf)] as const;
    }),
  );
  for (const [path] of needs) {
    const record = index.find(nameOf(path));
    const loaded = new Set<string>();
    for (const name of [...(record?.before ?? []), nameOf(path)]) {
      const missing = needs.get(index.find(name)?.path ?? '')?.filter((needed) => !loaded.has(needed));
      expect([path, name, missing]).toEqual([path, name, []]);
      loaded.add(name);
    }
    expect(record?.path).toBe(path);
  }
});

test('what is compiled in is known and has no path', () => {
  for (const path of depmodLines('modules.builtin')) {
    expect(index.find(nameOf(path))).toMatchObject({ path: '', before: [], after: [] });
  }
});

test('init finds through the index what modprobe finds through depmod', async () => {
  const asked = [
    'virtio:d00000001v00001AF4',
    'virtio:d00000002v00001AF4',
    'pci:v00001AF4d00001000sv00001AF4sd00000001bc02sc00i00',
    'pci:v00008086d0000100Esv00001AF4sd00001100bc02sc00i00',
    'pci:v00001B36d0000000Dsv00001AF4sd00001100bc0Csc03i30',
    'pci:v00001D0Fd0000EC20sv00000000sd00000000bc02sc00i00',
    'acpi:PNP0C0C:',
    'acpi:LNXPWRBN:',
    'acpi:QEMU0002:',
    'fs-overlay',
    'fs-xfs',
    'net-pf-16-proto-16-family-veth',
    'rtnl-link-veth',
    'char-major-10-229',
    'devname:fuse',
    'devname:net/tun',
    'crypto-sha512',
    'cpu:type:x86,ven0000fam0006mod0055:feature:,0000,0081,0099,',
    'hid:b0003g0001v0000046Dp0000C52B',
    'dmi:bvnQEMU:bvr:bd01/01/2020:svnMicrosoftCorporation:pnVirtualMachine:',
    'scsi:t-0x00',
    'nothing-of-this-name',
    'nobus:x',
  ];
  for (const alias of asked) {
    const { stdout } = await execa('modprobe', ['-R', '-d', kernel.root, '-S', kernel.release, alias], {
      reject: false,
    });
    const builtin = (name: string) => index.find(name)?.path === '';
    const theirs = stdout.split('\n').filter((name) => name !== '' && !builtin(name));
    expect([alias, ...index.matchAlias(alias).sort()]).toEqual([alias, ...theirs.sort()]);
  }
});

test('every alias of every module is found by a name that it matches', () => {
  for (const line of depmodLines('modules.alias')) {
    const [, pattern = '', module = ''] = line.split(' ');
    const example = pattern
      .replaceAll('*', '')
      .replaceAll('?', '0')
      .replaceAll(/\[(.)[^\]]*\]/g, '$1');
    expect([pattern, index.matchAlias(example).includes(module)]).toEqual([pattern, true]);
  }
});

test('modules compressed by xz, zstd and gzip come out as they were, with the same index', async () => {
  const folders = { xz: 'kernel/drivers/net', zstd: 'kernel/fs', gzip: 'kernel/net/ipv4' };
  const commands = {
    xz: ['--check=crc32', '--lzma2=preset=0,dict=1MiB'],
    zstd: ['-q', '--rm', '-3'],
    gzip: ['-1n'],
  };
  const modules = `lib/modules/${kernel.release}`;
  const plain = await copyOfModules('plain', Object.values(folders));
  const compressed = await copyOfModules('compressed', Object.values(folders));
  for (const [name, args] of Object.entries(commands)) {
    const folder = folders[name as keyof typeof folders];
    const { stdout } = await execa('find', [join(compressed, modules, folder), '-name', '*.ko']);
    await execa(name, [...args, ...stdout.split('\n')]);
  }
  const [expected, found] = [await indexed(plain), await indexed(compressed)];
  expect(pathsOf(found)).toEqual(pathsOf(expected));
  for (const path of pathsOf(expected)) {
    if (found.get(bytesOf(path))?.type !== 'file') continue;
    expect([path, textAt(found, path) === textAt(expected, path)]).toEqual([path, true]);
  }
  expect(fingerprint(await indexed(compressed))).toBe(fingerprint(found));
});

test('what is left for a system without capabilities is complete in itself, and all that its devices and processes ask for', async () => {
  const reach = { everything: false, networks: false, nodes: false };
  const choice = { kind: 'reachable', reach, needed: ['fs-overlay'] } as const;
  const pruned = pruneModules(tree, choice, 'kernel', assembly.ctx.epoch);
  const small = join(assembly.folder, 'pruned');
  const paths = pathsOf(pruned).filter((path) => path.endsWith('.ko'));
  for (const path of [...paths, 'modules.order', 'modules.builtin', 'modules.builtin.modinfo']) {
    const at = join('lib/modules', kernel.release, path);
    mkdirSync(join(small, at, '..'), { recursive: true });
    await copyFile(join(kernel.root, at), join(small, at));
  }
  const { stderr } = await execa('depmod', ['-b', small, kernel.release]);
  expect(stderr).toBe('');
  const dependencies = readFileSync(join(small, 'lib/modules', kernel.release, 'modules.dep'), 'utf8');
  const normal = (text: string) => text.split('\n').filter(Boolean).map(sortedLine).sort();
  expect(normal(textAt(pruned, 'modules.dep'))).toEqual(normal(dependencies));
  expect(paths.length).toBeLessThan(700);
  const few = openIndex(pruned);
  const kept = new Set(paths.map(nameOf));
  for (const line of depmodLines('modules.alias')) {
    const [, alias = '', module = ''] = line.split(' ');
    if (!/^(?!devname)[a-z0-9_]+:|^(net-pf|crypto)-/.test(alias)) continue;
    expect([alias, kept.has(module)]).toEqual([alias, true]);
  }
  for (const name of ['overlay', 'virtio_net', 'virtio_pci', 'sctp', 'crc32c_intel'])
    expect(few.find(name)?.path).toBeTruthy();
  for (const name of ['xfs', 'nf_tables', 'veth', 'dm_crypt']) expect(few.find(name)).toBeUndefined();
});

function sortedLine(line: string): string {
  const [path, rest = ''] = line.split(':');
  return `${path}: ${rest.trim().split(' ').sort().join(' ')}`;
}

/** Some folders of the release alone, below a new folder. */
async function copyOfModules(name: string, folders: readonly string[]): Promise<string> {
  const copy = join(assembly.folder, name);
  const modules = `lib/modules/${kernel.release}`;
  for (const folder of folders) {
    mkdirSync(join(copy, modules, folder, '..'), { recursive: true });
    await execa('cp', ['-r', join(kernel.root, modules, folder), join(copy, modules, folder)]);
  }
  return copy;
}

function nameOf(path: string): string {
  return path
    .slice(path.lastIndexOf('/') + 1)
    .replace(/\.ko$/, '')
    .replaceAll('-', '_');
}

test('a kernel.tar of more entries than a tree has is an error before they fill the memory', async () => {
  const thousand = gzipSync(Buffer.alloc(512 * 1000, rawEntry({ name: 'lib/modules/6.1/x' })));
  const bomb = Buffer.concat(Array.from({ length: 1001 }, () => thousand));
  const image = assembly.image('bomb', [{ name: 'kernel.tar', data: bomb }]);
  await expect(kernelOf({ image: 'bomb' }, image, assembly.ctx).modules?.load()).rejects.toMatchObject({
    code: 'size',
    message: 'unpacking kernel.tar of bomb: it has more than 1000000 entries',
  });
});

test("the kernel inside of Debian's is an ELF file of the same release", async () => {
  const data = readFileSync(join(kernel.root, 'boot', `vmlinuz-${kernel.release}`));
  const inside = await decompressKernel({ kind: 'inline', data }, 'vmlinuz', assembly.ctx);
  const file = join(assembly.folder, 'vmlinux');
  writeFileSync(file, readContent(inside, 2 ** 28));
  const { stdout } = await execa('readelf', ['--file-header', file]);
  expect(stdout).toMatch(/Type: +EXEC[\s\S]*Machine: +Advanced Micro Devices X86-64/);
  expect(readFileSync(file, 'latin1')).toContain(`Linux version ${kernel.release} `);
});
