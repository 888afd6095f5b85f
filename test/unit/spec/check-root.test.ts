// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { rootChoiceOf } from '../../../src/assemble/root-finder.ts';
import { checkRoot } from '../../../src/emit/check-formats.ts';
import { parseSpec, parseSpecs } from '../../../src/spec/parse.ts';
import { specMistakes } from '../../support/spec-mistakes.ts';

describe('the root of a spec', () => {
  test.each([
    ['files: []', { type: 'auto', verity: true, initrd: 'auto', onCorruption: 'panic' }],
    ['root: erofs', { type: 'erofs', verity: true, initrd: 'auto', onCorruption: 'panic' }],
    ['root: initramfs', { type: 'initramfs', verity: true, initrd: 'auto', onCorruption: 'panic' }],
    ['root: {on_corruption: restart}', { type: 'auto', verity: true, initrd: 'auto', onCorruption: 'restart' }],
    ['root: {initrd: false}', { type: 'auto', verity: true, initrd: false, onCorruption: 'panic' }],
    ['root: {type: erofs, verity: false}', { type: 'erofs', verity: false, initrd: 'auto', onCorruption: 'panic' }],
  ])('%j is completed', (text, expected) => {
    expect(rootChoiceOf(parseSpec(`${text}\n`, 'os.yml').root)).toEqual(expected);
  });

  test.each([
    [
      'ext4',
      '1:7 root: expected "auto", "initramfs" or "erofs", or a map with type, verity, initrd and on_corruption, found',
    ],
    ['{type: squashfs}', '1:14 root.type: expected "auto", "initramfs" or "erofs", found'],
    ['{on_corruption: ignore}', '1:23 root.on_corruption: expected "panic" or "restart", found'],
    ['{verity: maybe}', '1:16 root.verity: expected true or false, found'],
    ['{initrd: never}', '1:16 root.initrd: expected true, false or "auto", found'],
    [
      '{type: initramfs, initrd: false}',
      '1:25 root.initrd: expected no "initrd" with type "initramfs": it is in the initrd',
    ],
    ['{type: initramfs, verity: true}', '1:25 root.verity: expected no "verity" with type "initramfs": in memory'],
    ['{verity: false, on_corruption: panic}', '1:23 root.on_corruption: expected no "on_corruption" with "verity: f'],
  ])('%s is one mistake', (root, message) => {
    expect(specMistakes(`root: ${root}\n`)).toEqual([expect.stringContaining(message)]);
  });

  test.each([
    [['root: erofs', 'root: initramfs'], 'initramfs'],
    [['root: {type: erofs}', 'root: auto'], 'auto'],
    [['root: auto', 'root: {verity: false}'], { verity: false }],
    [['root: {type: erofs}', 'root: {verity: false}'], { type: 'erofs', verity: false }],
    [['root: erofs', 'root:'], 'erofs'],
  ])('of several files is the last one that says something: %j', (texts, expected) => {
    const sources = texts.map((text, index) => ({ text: `${text}\n`, name: `${index}.yml`, folder: '' }));
    expect(parseSpecs(sources).root).toEqual(expected);
  });
});

describe('formats', () => {
  test.each([
    ['erofs', 'kernel+initrd', 'has no disk for a root image, but the spec says `root: erofs`'],
    ['initramfs', 'kernel+erofs', 'is a root image, but the spec says `root: initramfs`'],
  ] as const)('that cannot have the root that the spec wants are refused: %s in %s', (root, format, message) => {
    expect(() => checkRoot(root, ['tar', format])).toThrow(message);
    expect(() => checkRoot({ type: root }, [format])).toThrow(message);
    expect(() => checkRoot('auto', [format])).not.toThrow();
    expect(() => checkRoot(undefined, [format])).not.toThrow();
  });
});
