// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkFormats, checkKernel } from '../../../src/emit/check-formats.ts';
import { emit } from '../../../src/emit/emit.ts';
import { formats } from '../../../src/emit/formats.ts';
import type { FileTree, Inode, LazyTree } from '../../../src/file-tree.ts';
import type { Reporter } from '../../../src/reporter.ts';
import { silentReporter } from '../../../src/reporter.ts';
import { testContext } from '../../support/build-context.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { file, lazy, rootfsOf, treeOf } from '../../support/trees.ts';

let folder: ReturnType<typeof temporaryFolder>;
let out: string;
beforeEach(() => {
  folder = temporaryFolder();
  out = join(folder.path, 'out');
});
afterEach(() => folder[Symbol.dispose]());

const inline = (text: string) => ({ kind: 'inline', data: Buffer.from(text) }) as const;
const kernel = { key: 'kernel', label: 'kernel', load: () => Promise.resolve(inline('vmlinuz')) };

function system(tree: LazyTree = lazy(treeOf({ a: file('a') }), 'tree')) {
  return rootfsOf([{ prefix: '', tree }], { kernel, cmdline: 'console=ttyS0 quiet' });
}

function build(
  rootfs = system(),
  changes: Parameters<typeof testContext>[1] = {},
  formats = ['kernel+initrd'],
): Promise<readonly string[]> {
  return emit(rootfs, { formats, dir: out, name: 'os' }, testContext(join(folder.path, 'cache'), changes));
}

/** A reporter that keeps what it is told. */
function listener(): Reporter & { readonly warnings: string[]; readonly notes: string[] } {
  const warnings: string[] = [];
  const notes: string[] = [];
  return { ...silentReporter, warnings, notes, warn: (text) => warnings.push(text), note: (text) => notes.push(text) };
}

describe('the formats', () => {
  it('are refused by a name that is none of them', () => {
    expect(() => checkFormats(['kernel+initrd', 'qcow3'])).toThrow(
      expect.objectContaining({
        code: 'usage',
        message: expect.stringMatching(/^--format: "qcow3" is no format, expected "kernel\+initrd", .*"tar"/),
      }),
    );
  });

  it('are refused without a kernel where they boot one', () => {
    const without = Object.keys(formats).filter((name) => formats[name]?.kernelIsOptional === true);
    expect(() => checkKernel({}, without)).not.toThrow();
    for (const name of Object.keys(formats).filter((each) => !without.includes(each))) {
      expect(() => checkKernel({ kernel: { image: 'kernel' } }, [name])).not.toThrow();
      expect(() => checkKernel({}, [...without, name])).toThrow(
        expect.objectContaining({
          code: 'spec',
          message: `format "${name}": expected a kernel to boot, found none in the spec`,
        }),
      );
    }
  });

  it('are refused when two write the same file', () => {
    expect(() => checkFormats(['iso-bios', 'raw-bios', 'iso'])).toThrow(
      expect.objectContaining({
        code: 'usage',
        message: '--format: "iso-bios" and "iso" both write NAME.iso',
        hint: 'build them one after the other, with another --name',
      }),
    );
    expect(() => checkFormats(['iso', 'iso'])).not.toThrow();
  });

  it.each(['kernel', 'constructor', ''])('are refused when nobody has them (%j)', (name) => {
    expect(() => checkFormats([name])).toThrow(
      expect.objectContaining({ message: expect.stringContaining('is no format') }),
    );
  });
});

describe('emitting', () => {
  it("writes the kernel, the initrd and the command line under LinuxKit's names, and says so", async () => {
    const written = await build();
    expect(written).toEqual(['os-kernel', 'os-initrd.img', 'os-cmdline'].map((name) => join(out, name)));
    expect(readFileSync(join(out, 'os-kernel'), 'utf8')).toBe('vmlinuz');
    expect(readFileSync(join(out, 'os-cmdline'), 'utf8')).toBe('console=ttyS0 quiet');
    expect(readdirSync(out)).toHaveLength(3);
  });

  it('notes a spec without a kernel', async () => {
    const reporter = listener();
    await build(rootfsOf([]), { reporter });
    expect(readdirSync(out).sort()).toEqual(['os-cmdline', 'os-initrd.img']);
    expect(reporter.notes).toEqual([expect.stringContaining('names no kernel')]);
  });

  it('warns of formats in which a signer signs nothing', async () => {
    const reporter = listener();
    const signing = { certificate: 'db.crt', key: { kind: 'file', path: 'db.key' } } as const;
    await build({ ...system(), signing }, { reporter }, ['kernel+initrd', 'tar']);
    expect(reporter.warnings).toEqual([
      'secureboot: nothing is signed in format "kernel+initrd", "tar"; what UEFI boots is, such as "raw-efi"',
    ]);
  });

  it('warns of CPU microcode that the kernel would pass over', async () => {
    const reporter = listener();
    const ucode = { ...kernel, load: () => Promise.resolve(inline('\x1f\x8b')) };
    await build({ ...system(), ucode }, { reporter });
    expect(reporter.warnings).toEqual([expect.stringContaining('kernel.ucode')]);
  });

  it('leaves the previous files alone when a tree fails', async () => {
    await build();
    const before = readdirSync(out).map((name) => [name, readFileSync(join(out, name), 'hex')]);
    const failing: LazyTree = {
      key: 'failing',
      label: 'failing',
      load: () => Promise.reject(new Error('no such tree')),
    };
    await expect(build(system(failing))).rejects.toThrow('no such tree');
    expect(readdirSync(out).map((name) => [name, readFileSync(join(out, name), 'hex')])).toEqual(before);
  });

  it('leaves the previous files alone when it is interrupted while it writes, and nothing of its own', async () => {
    await build();
    const before = readFileSync(join(out, 'os-kernel'), 'hex');
    const interruption = new AbortController();
    const content = { kind: 'range', file: '/dev/zero', offset: 0, size: 1 << 30 } as const;
    const slow = { ...kernel, load: () => Promise.resolve(content) };
    setTimeout(() => interruption.abort(), 30);
    await expect(build({ ...system(), kernel: slow }, { signal: interruption.signal })).rejects.toMatchObject({
      code: 'interrupted',
    });
    expect(readFileSync(join(out, 'os-kernel'), 'hex')).toBe(before);
    expect(readdirSync(out)).toHaveLength(3);
  });

  it('leaves no half of a segment when it is interrupted while it packs', async () => {
    const interruption = new AbortController();
    const big = { ...file(''), content: { kind: 'range', file: '/dev/zero', offset: 0, size: 2 ** 32 - 1 } } as Inode;
    setTimeout(() => interruption.abort(), 50);
    await expect(build(system(lazy(treeOf({ big }), 'big')), { signal: interruption.signal })).rejects.toMatchObject({
      code: 'interrupted',
    });
    expect(readdirSync(join(folder.path, 'cache/tmp'))).toEqual([]);
    expect(readdirSync(join(folder.path, 'cache/segments'))).toEqual([]);
  });

  it('writes none of the files when the second format fails', async () => {
    const tree: FileTree = treeOf({
      gone: { ...file(''), content: { kind: 'range', file: '/nonexistent', offset: 0, size: 1 } } as Inode,
    });
    const once = lazy(treeOf({ a: file('a') }), 'once');
    let loads = 0;
    const tricky: LazyTree = { ...once, load: () => (loads++ === 0 ? once.load() : Promise.resolve(tree)) };
    await expect(build(system(tricky), {}, ['kernel+initrd', 'tar'])).rejects.toMatchObject({ code: 'store' });
    expect(readdirSync(out)).toEqual([]);
  });

  it.each([
    [
      'what is in the way of a folder',
      { dir: 'file' },
      /a file is where the folder should be \(EEXIST\)$/,
      'choose another folder',
    ],
    [
      'that a name is too long',
      { name: 'n'.repeat(240) },
      /the name is too long \(ENAMETOOLONG\)$/,
      'choose a shorter one',
    ],
  ])('says %s, and what to do', async (_, target, message, hint) => {
    writeFileSync(join(folder.path, 'file'), 'x');
    const dir = join(folder.path, 'dir' in target ? target.dir : 'out');
    const context = testContext(join(folder.path, 'cache'));
    await expect(
      emit(system(), { formats: ['kernel+initrd'], name: 'os', ...target, dir }, context),
    ).rejects.toMatchObject({
      code: 'io',
      message: expect.stringMatching(message),
      hint: expect.stringMatching(new RegExp(`^${hint}.*; the previous files are untouched$`)),
    });
  });

  it('says what is in the way of a file', async () => {
    mkdirSync(folder.path, { recursive: true });
    writeFileSync(out, 'a file');
    await expect(build()).rejects.toMatchObject({
      code: 'io',
      message: expect.stringMatching(/^writing ".*os-kernel": /),
      hint: expect.stringContaining('--dir'),
    });
    expect(readFileSync(out, 'utf8')).toBe('a file');
  });
});

describe('extended attributes', () => {
  const withXattrs = (names: readonly string[]): Inode =>
    file('x', { xattrs: new Map(names.map((name) => [name, Buffer.from('v')])) });
  const tree = treeOf({ ping: withXattrs(['security.capability', 'user.a']), other: withXattrs(['user.a', 'user.b']) });

  it.each(['made', 'cached'])(
    'that an initramfs loses are told of each time, from segments that are %s',
    async (from) => {
      if (from === 'cached') await build(system(lazy(tree, 'image')));
      const reporter = listener();
      await build(system(lazy(tree, 'image')), { reporter });
      expect(reporter.warnings).toEqual([
        '"/ping" of image loses its security.capability: an initramfs has no extended attributes; the format "tar" keeps them',
      ]);
      expect(reporter.notes).toEqual([
        'image: an initramfs has no extended attributes, left out: user.a (2), user.b (1)',
      ]);
    },
  );
});
