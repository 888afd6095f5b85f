// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { emit } from '../../src/emit/emit.ts';
import type { Content, Inode } from '../../src/file-tree.ts';
import type { Rootfs } from '../../src/rootfs.ts';
import { testContext } from '../support/build-context.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { file, lazy, rootfsOf, treeOf } from '../support/trees.ts';

/** What makes a file arm64's kernel to whoever looks at it. */
const image = Buffer.alloc(4096);
image.write('ARM\x64', 56, 'latin1');

function system(entries: Readonly<Record<string, Inode>>, kernel: Buffer): Rootfs {
  const content: Content = { kind: 'inline', data: kernel };
  return rootfsOf([{ prefix: '', tree: lazy(treeOf({ init: file('init', { mode: 0o755 }), ...entries }), 'root') }], {
    kernel: { key: 'k', label: 'k', load: () => Promise.resolve(content) },
    cmdline: 'console=ttyS1,115200',
  });
}

const trees = { 'usr/lib/linux-image-6.1/broadcom/bcm2837-rpi-3-b.dtb': file('device tree') };

it('is a tar of what the firmware of a Raspberry Pi 3 reads from its card', async () => {
  using folder = temporaryFolder();
  const warnings: string[] = [];
  const base = testContext(join(folder.path, 'cache'));
  const reporter = { ...base.reporter, warn: (text: string) => void warnings.push(text) };
  const ctx = { ...base, reporter: { ...reporter, stage: () => reporter } };
  const rootfs = system({ ...trees, 'usr/lib/raspi-firmware/bootcode.bin': file('boot') }, gzipSync(image));
  for (const name of ['pi', 'again']) await emit(rootfs, { formats: ['rpi3'], dir: folder.path, name }, ctx);
  const archive = join(folder.path, 'pi.tar');
  expect(readFileSync(join(folder.path, 'again.tar')).equals(readFileSync(archive))).toBe(true);
  const card = join(folder.path, 'card');
  mkdirSync(card);
  execFileSync('tar', ['--extract', '--file', archive, '--directory', card]);
  const found = Object.fromEntries(readdirSync(card).map((name) => [name, readFileSync(join(card, name))]));
  expect(Object.keys(found).sort()).toEqual([
    'bcm2710-rpi-3-b.dtb',
    'bootcode.bin',
    'cmdline.txt',
    'config.txt',
    'initrd.img',
    'kernel8.img',
  ]);
  expect(found['kernel8.img']?.equals(image)).toBe(true);
  expect(found['cmdline.txt']?.toString()).toBe('console=ttyS1,115200\n');
  expect(found['config.txt']?.toString()).toContain('initramfs initrd.img followkernel');
  expect(warnings.join()).toMatch(/no start\.elf, fixup\.dat: .*raspi-firmware/);
});

it.each([
  [
    'a kernel of another architecture',
    system(trees, Buffer.from(`\x7fELF${' '.repeat(99)}`, 'latin1')),
    'format',
    /arm64/,
  ],
  ['a system without device trees', system({}, image), 'not-found', /bcm2837-rpi-3-b\.dtb/],
])('refuses %s', async (_, rootfs, code, message) => {
  using folder = temporaryFolder();
  const building = emit(rootfs, { formats: ['rpi3'], dir: folder.path, name: 'pi' }, testContext(folder.path));
  await expect(building).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
});
