// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { openSync, readFileSync, readSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fileSystemAt } from '../../init/boot/file-systems.ts';
import { emit } from '../../src/emit/emit.ts';
import { type Bytes, bytesOf } from '../../src/file-tree.ts';
import type { Rootfs } from '../../src/rootfs.ts';
import { testContext } from '../support/build-context.ts';
import { bootingKernel, bootingRootfs } from '../support/booting-rootfs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { directory, file, lazy, rootfsOf, treeOf } from '../support/trees.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder[Symbol.dispose]());

async function build(format: string, rootfs: Rootfs = bootingRootfs()): Promise<readonly string[]> {
  return await emit(
    rootfs,
    { formats: [format], name: 'os', dir: folder.path },
    testContext(join(folder.path, 'cache')),
  );
}

const cases = [
  ['kernel+squashfs', 'squashfs', 'os-squashfs.img', 'os-squashfs-initrd.img'],
  ['kernel+iso', 'iso9660', 'os.iso', 'os-iso-initrd.img'],
] as const;

describe('a kernel with its root beside it', () => {
  test.each(cases)(
    'as %s is found by init: it is the %s that the command line names',
    async (format, type, root, initrd) => {
      const written = await build(format);
      expect(written.map((path) => basename(path))).toEqual(['os-kernel', initrd, 'os-cmdline', root]);
      expect(readFileSync(join(folder.path, 'os-kernel')).equals(bootingKernel)).toBe(true);
      const fd = openSync(join(folder.path, root), 'r');
      const read = (offset: number, length: number): Buffer => {
        const bytes = Buffer.alloc(length);
        return bytes.subarray(0, readSync(fd, bytes, 0, length, offset));
      };
      const found = fileSystemAt(read, 0);
      expect(found?.type).toBe(type);
      const cmdline = readFileSync(join(folder.path, 'os-cmdline'), 'utf8');
      expect(cmdline).toBe(`tskit.root=UUID=${found?.uuid} console=ttyS0`);
    },
  );

  test('has all of the system, and what init knows it by', async () => {
    await build('kernel+squashfs');
    await build('kernel+iso');
    const squashfs = execFileSync('unsquashfs', ['-lc', join(folder.path, 'os-squashfs.img')], { encoding: 'utf8' });
    const iso = execFileSync('isoinfo', ['-R', '-f', '-i', join(folder.path, 'os.iso')], { encoding: 'utf8' });
    for (const path of ['/init', '/etc/tskit/complete']) {
      expect(squashfs).toContain(`squashfs-root${path}\n`);
      expect(iso).toContain(`${path}\n`);
    }
  });

  test.each(['n'.repeat(254), `folder/${'\u00ff'.repeat(127)}`, '\u{e9}'])(
    'as kernel+iso is refused for a name that Linux would not find (%j)',
    async (name) => {
      const bytes = name === '\u{e9}' ? ('\xe9' as Bytes) : bytesOf(name);
      const tree = new Map([...treeOf({ folder: directory() }), [bytes, file('')]]);
      const more = rootfsOf([{ prefix: '', tree: lazy(tree, 'names') }]).trees;
      await expect(build('kernel+iso', bootingRootfs({ trees: more }))).rejects.toMatchObject({
        message: expect.stringMatching(/^--format kernel\+iso: expected names of at most 253 bytes/),
        hint: 'write kernel+squashfs or kernel+erofs, which hold any',
      });
    },
  );

  test.each(cases)('as %s is refused when the kernel cannot read it', async (format) => {
    const finder = {
      trees: () => [],
      diskModules: () => Promise.resolve([]),
      missingModules: () => Promise.resolve(['some_module']),
    };
    await expect(build(format, bootingRootfs({ finder }))).rejects.toThrow(
      /expected a kernel that can read (a SquashFS|an ISO 9660) root, found one without "some_module"/,
    );
  });
});
