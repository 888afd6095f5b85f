// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { depmodFiles, type Module, moduleIndex } from '../../../src/assemble/module-index.ts';

function module(name: string, parts: Partial<Module> = {}): Module {
  return { name, path: `kernel/${name}.ko`, aliases: [], depends: [], pre: [], post: [], ...parts };
}

function list(modules: readonly Module[], builtin: readonly string[] = []): readonly string[] {
  return lines(moduleIndex(modules, builtin).get('tskit/modules'));
}

function aliases(bus: string, ...modules: Module[]): readonly string[] {
  return lines(moduleIndex(modules, []).get(`tskit/alias/${bus}`));
}

function lines(text: string | undefined): readonly string[] {
  expect(text).toMatch(/\n$/);
  return text?.slice(0, -1).split('\n') ?? [];
}

test('modules are listed by name with what they need first, each after what that needs', () => {
  const modules = [
    module('z_top', { depends: ['middle', 'bottom'], post: ['late', 'unknown'] }),
    module('bottom'),
    module('middle', { depends: ['bottom'], pre: ['soft', 'unknown'] }),
    module('soft', { depends: ['bottom'] }),
    module('late'),
  ];
  expect(list(modules)).toEqual([
    'bottom\tkernel/bottom.ko\t\t',
    'late\tkernel/late.ko\t\t',
    'middle\tkernel/middle.ko\tbottom soft\t',
    'soft\tkernel/soft.ko\tbottom\t',
    'z_top\tkernel/z_top.ko\tbottom soft middle\tlate',
  ]);
});

test('what is compiled in is listed without a path, unless a file has that name', () => {
  expect(list([module('a')], ['unix', 'a'])).toEqual(['a\tkernel/a.ko\t\t', 'unix\t\t\t']);
});

test('modules that need each other end somewhere', () => {
  expect(list([module('a', { pre: ['b'] }), module('b', { pre: ['a'] })])).toEqual([
    'a\tkernel/a.ko\tb\t',
    'b\tkernel/b.ko\ta\t',
  ]);
});

test('of two modules with one name the first of modules.order stands', () => {
  expect(list([module('a', { path: 'kernel/first.ko' }), module('a', { path: 'kernel/second.ko' })])).toEqual([
    'a\tkernel/first.ko\t\t',
  ]);
});

test('aliases with the same literal start share a line, in the order of the modules', () => {
  const found = aliases(
    'pci',
    module('b', { aliases: ['pci:v00001AF4d00001000sv*', 'pci:v*d*bc02sc00i*'] }),
    module('a', { aliases: ['pci:v00001AF4d00001000sv*', 'pci:v00001AF4d00001000sv0000', 'pci:v[1-2]'] }),
  );
  expect(found).toEqual([
    '5 24 28',
    'pci:v\t*d*bc02sc00i* b\t[1-2] a',
    'pci:v00001AF4d00001000sv\t* b\t* a',
    'pci:v00001AF4d00001000sv0000\t a',
  ]);
});

test('an alias that a module states twice is there once', () => {
  expect(aliases('usb', module('a', { aliases: ['usb:v1*', 'usb:v1*'] }))).toEqual(['6', 'usb:v1\t* a']);
});

test('names without a bus go into one file, with "-" as "_"', () => {
  const found = aliases(
    'name',
    module('ext4', { aliases: ['fs-ext4', 'ext3'] }),
    module('x', { aliases: ['net-pf-1?'] }),
  );
  expect(found).toEqual(['4 7 8', 'ext3\t ext4', 'fs_ext4\t ext4', 'net_pf_1\t? x']);
});

test('aliases of one file are sorted bytewise, whatever their order', () => {
  const found = aliases('of', module('a', { aliases: ['of:Nz', 'of:NA', 'of:N_', 'of:N', 'of:Na,b'] })).slice(1);
  expect(found).toEqual([...found].sort());
});

test('an alias that no kernel can report is left out', () => {
  expect(moduleIndex([module('a', { aliases: ['', 'pci: x', 'usb:é'] })], []).size).toBe(1);
});

test("depmod's files name dependencies with the first to load last", () => {
  const files = depmodFiles([
    module('top', { depends: ['middle'], aliases: ['fs-top'], pre: ['soft'], post: ['late'] }),
    module('middle', { depends: ['bottom', 'unknown'] }),
    module('bottom', { aliases: ['pci:v*'] }),
    module('soft'),
  ]);
  expect(Object.fromEntries(files)).toEqual({
    'modules.dep':
      'kernel/top.ko: kernel/middle.ko kernel/bottom.ko\n' +
      'kernel/middle.ko: kernel/bottom.ko\n' +
      'kernel/bottom.ko:\nkernel/soft.ko:\n',
    'modules.alias': 'alias fs-top top\nalias pci:v* bottom\n',
    'modules.softdep': 'softdep top pre: soft post: late\n',
    'modules.devname': '',
  });
});

test("depmod's list of device nodes has those whose opening loads a module", () => {
  const files = depmodFiles([
    module('fuse', { aliases: ['devname:fuse', 'char-major-10-229', 'fs-fuse'] }),
    module('tun', { aliases: ['char-major-10-200', 'devname:net/tun'] }),
    module('loop', { aliases: ['block-major-7-*', 'devname:loop-control', 'char-major-10-237'] }),
    module('nbd', { aliases: ['block-major-43-*'] }),
  ]);
  expect(files.get('modules.devname')).toBe('fuse fuse c10:229\ntun net/tun c10:200\nloop loop-control c10:237\n');
});
