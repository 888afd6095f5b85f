// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeBootFiles } from '../../../src/emit/boot-files.ts';
import { decideRoot, erofsFrom } from '../../../src/emit/root-kind.ts';
import { sharedBootFiles } from '../../../src/emit/shared-boot-files.ts';
import { type Bytes, contentSize, type Inode } from '../../../src/file-tree.ts';
import { silentReporter } from '../../../src/reporter.ts';
import type { RootChoice, Rootfs } from '../../../src/rootfs.ts';
import { testContext } from '../../support/build-context.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { file, lazy, rootfsOf, treeOf } from '../../support/trees.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder[Symbol.dispose]());

const choice: RootChoice = { type: 'auto', verity: true, initrd: 'auto', onCorruption: 'panic' };
const context = (changes = {}) => testContext(join(folder.path, 'cache'), changes);

function systemOf(size: number, more: Partial<Rootfs> = {}, onLoad: () => void = () => {}): Rootfs {
  const big = { ...file(''), content: { kind: 'range', file: '/dev/zero', offset: 0, size } } as Inode;
  const finderTree = lazy(treeOf({ finds: file('x'.repeat(100)) }), 'finder');
  return rootfsOf([{ prefix: '', tree: lazy(treeOf({ big }), `tree of ${size}`, onLoad) }], {
    finder: {
      trees: () => [{ prefix: '' as Bytes, tree: finderTree }],
      diskModules: () => Promise.resolve([]),
      missingModules: () => Promise.resolve([]),
    },
    ...more,
  });
}

describe('boot files of a system in a root image', () => {
  const command = async (more: Partial<Rootfs>): Promise<string> => {
    const { cmdline, root } = await makeBootFiles(systemOf(4096, more), 'erofs', context());
    return cmdline
      .replaceAll(root?.partUuid ?? '', 'PART')
      .replaceAll(root?.fsUuid ?? '', 'FS')
      .replace(root?.rootHash ?? '', 'HASH');
  };

  it('have a command line that says where it is and what it is, before what the spec says', async () => {
    const where = 'tskit.root=PARTUUID=PART,UUID=FS';
    expect(await command({})).toBe(`${where} tskit.verity=HASH console=ttyS0`);
    expect(await command({ cmdline: '' })).toBe(`${where} tskit.verity=HASH`);
    expect(await command({ root: { ...choice, onCorruption: 'restart' }, cmdline: 'quiet -- a' })).toBe(
      `${where} tskit.verity=HASH tskit.verity_action=restart quiet -- a`,
    );
    expect(await command({ root: { ...choice, verity: false } })).toBe(`${where} console=ttyS0`);
  });

  it('have no command line that the kernel would cut', async () => {
    for (const kind of ['erofs', 'initramfs'] as const) {
      const long = systemOf(4096, { cmdline: 'x'.repeat(2048) });
      await expect(makeBootFiles(long, kind, context())).rejects.toThrow(
        /^the kernel's command line: expected at most 2047 bytes, found 2\d{3} with/,
      );
    }
    const longest = systemOf(4096, { cmdline: 'x'.repeat(2047) });
    expect((await makeBootFiles(longest, 'initramfs', context())).cmdline).toHaveLength(2047);
  });

  it('have an initrd that does not grow with the system', async () => {
    const small = await makeBootFiles(systemOf(4096), 'erofs', context());
    const large = await makeBootFiles(systemOf(1 << 24), 'erofs', context());
    expect(large.initrd?.size).toBe(small.initrd?.size);
    expect(large.initrd?.size).toBe(large.initrd?.parts.reduce((sum, part) => sum + contentSize(part), 0));
    expect(large.root?.size).toBeGreaterThan(1 << 16);
  });

  it('are refused for a kernel that cannot read one, with what it does not have', async () => {
    const finder = {
      trees: () => [],
      diskModules: () => Promise.resolve([]),
      missingModules: () => Promise.resolve(['dm_verity', 'erofs']),
    };
    await expect(makeBootFiles(systemOf(1, { finder }), 'erofs', context())).rejects.toMatchObject({
      code: 'spec',
      message: 'root: expected a kernel that can read an EROFS root, found one without "dm_verity", "erofs"',
      hint: expect.stringContaining('root: initramfs'),
    });
  });
});

describe('root: auto', () => {
  it('unpacks what is small and leaves on disk what is large', async () => {
    expect(await decideRoot(systemOf(erofsFrom - 8192), context())).toMatchObject({ kind: 'initramfs' });
    expect(await decideRoot(systemOf(erofsFrom), context())).toMatchObject({ kind: 'erofs' });
  });

  it('loads no tree whose size it has seen', async () => {
    let loads = 0;
    const onLoad = (): unknown => (loads += 1);
    await decideRoot(systemOf(4096, {}, onLoad), context());
    await decideRoot(systemOf(4096, {}, onLoad), context());
    expect(loads).toBe(1);
  });

  it('unpacks also what is large where the kernel could not read it on disk', async () => {
    const finder = {
      trees: () => [],
      diskModules: () => Promise.resolve([]),
      missingModules: () => Promise.resolve(['erofs']),
    };
    expect(await decideRoot(systemOf(erofsFrom, { finder }), context())).toEqual({
      kind: 'initramfs',
      reason: 'since the kernel has no erofs',
    });
  });

  it('is told once, with its reason, and formats of the same kind have the same files', async () => {
    const notes: string[] = [];
    const reporter = { ...silentReporter, note: (text: string) => notes.push(text) };
    const files = sharedBootFiles(systemOf(4096), context({ reporter }));
    const [one, two] = await Promise.all([files('either'), files('either')]);
    expect(one).toBe(two);
    expect(await files('initramfs')).toBe(one);
    const onDisk = await files('erofs');
    expect(onDisk.root).toBeDefined();
    expect(notes.filter((note) => note.startsWith('root:'))).toEqual([
      'root: initramfs, since 4.1 kB unpacked are less than 64.0 MB',
    ]);
  });
});
