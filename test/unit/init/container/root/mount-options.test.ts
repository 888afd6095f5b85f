// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import {
  exactAttributes,
  filesystemFlags,
  mentionedAttributes,
  newAttributes,
} from '../../../../../init/container/root/mount-flags.ts';
import { parseMountOptions, parsePropagation } from '../../../../../init/container/root/mount-options.ts';
import {
  MOUNT_ATTR__ATIME,
  MOUNT_ATTR_NOATIME,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NODIRATIME,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  MOUNT_ATTR_NOSYMFOLLOW,
  MOUNT_ATTR_RDONLY,
  MOUNT_ATTR_STRICTATIME,
  MS_PRIVATE,
  MS_SHARED,
  MS_SLAVE,
  MS_UNBINDABLE,
} from '../../../../../init/linux.ts';

const plain = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOSYMFOLLOW;

describe('mount options', () => {
  test.each([
    ['rro', MOUNT_ATTR_RDONLY, 0],
    ['rrw', 0, MOUNT_ATTR_RDONLY],
    ['rnosuid', MOUNT_ATTR_NOSUID, 0],
    ['rsuid', 0, MOUNT_ATTR_NOSUID],
    ['rnodev', MOUNT_ATTR_NODEV, 0],
    ['rdev', 0, MOUNT_ATTR_NODEV],
    ['rnoexec', MOUNT_ATTR_NOEXEC, 0],
    ['rexec', 0, MOUNT_ATTR_NOEXEC],
    ['rnosymfollow', MOUNT_ATTR_NOSYMFOLLOW, 0],
    ['rsymfollow', 0, MOUNT_ATTR_NOSYMFOLLOW],
    ['rnodiratime', MOUNT_ATTR_NODIRATIME, 0],
    ['rdiratime', 0, MOUNT_ATTR_NODIRATIME],
    ['rnoatime', MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME],
    ['rstrictatime', MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME],
    ['rnostrictatime', 0, MOUNT_ATTR__ATIME],
    ['rrelatime', 0, MOUNT_ATTR__ATIME],
    ['rnorelatime', 0, MOUNT_ATTR__ATIME],
    ['ratime', 0, MOUNT_ATTR__ATIME],
  ])('"%s" changes its attribute of the whole tree', (word, set, clear) => {
    expect(parseMountOptions([word])).toMatchObject({ recursive: { set, clear }, flags: { set: 0, cleared: 0 } });
  });

  test('the last of opposite options counts', () => {
    expect(newAttributes(parseMountOptions(['ro', 'nosuid', 'rw']).flags)).toBe(MOUNT_ATTR_NOSUID);
    expect(parseMountOptions(['rro', 'rrw', 'rnosuid']).recursive).toEqual({
      set: MOUNT_ATTR_NOSUID,
      clear: MOUNT_ATTR_RDONLY,
    });
    expect(parseMountOptions(['rnoatime', 'rstrictatime']).recursive).toEqual({
      set: MOUNT_ATTR_STRICTATIME,
      clear: MOUNT_ATTR__ATIME,
    });
  });

  test('rbind stays when bind is given too', () => {
    expect(parseMountOptions(['rbind', 'bind']).bind).toBe('rbind');
    expect(parseMountOptions(['bind']).bind).toBe('bind');
    expect(parseMountOptions([]).bind).toBe('none');
  });

  test('propagation words come out in their order', () => {
    expect(parseMountOptions(['rslave', 'shared']).propagation).toEqual([
      { type: MS_SLAVE, recursive: true },
      { type: MS_SHARED, recursive: false },
    ]);
  });

  test('flags of the file system are kept apart from its own parameters', () => {
    const options = parseMountOptions([
      'ro',
      'sync',
      'size=64k',
      'newinstance',
      'defaults',
      'mode=755',
      'tmpcopyup',
      'remount',
      'ridmap',
    ]);
    expect(filesystemFlags(options.flags)).toEqual(['ro', 'sync']);
    expect(options.data).toEqual(['size=64k', 'newinstance', 'mode=755']);
    expect(options).toMatchObject({ copyUp: true, remount: true, idMap: 'recursive' });
  });

  test.each([
    ['private', MS_PRIVATE, false],
    ['rprivate', MS_PRIVATE, true],
    ['runbindable', MS_UNBINDABLE, true],
  ])('"%s" is a propagation', (word, type, recursive) => {
    expect(parsePropagation(word)).toEqual({ type, recursive });
  });

  test('other words are no propagation', () => {
    expect(parsePropagation('ro')).toBeUndefined();
  });
});

describe('the flags of a new mount', () => {
  test.each([
    [['ro', 'nosuid', 'nodev', 'noexec', 'nosymfollow'], plain],
    [['noatime', 'nodiratime'], MOUNT_ATTR_NOATIME | MOUNT_ATTR_NODIRATIME],
    [['noatime', 'strictatime'], MOUNT_ATTR_STRICTATIME],
    [['relatime', 'sync'], 0],
  ])('%s are its attributes', (words, attributes) => {
    expect(newAttributes(parseMountOptions(words).flags)).toBe(attributes);
  });
});

describe('the flags of a mount that is there', () => {
  test('stay when none is mentioned', () => {
    expect(exactAttributes(parseMountOptions(['rprivate']).flags)).toEqual({ set: 0, clear: 0 });
  });

  test('become exactly those that are set when any is mentioned, but for the access time', () => {
    expect(exactAttributes(parseMountOptions(['ro', 'exec', 'atime']).flags)).toEqual({
      set: MOUNT_ATTR_RDONLY,
      clear: plain & ~MOUNT_ATTR_RDONLY,
    });
    expect(exactAttributes(parseMountOptions(['rw']).flags)).toEqual({ set: 0, clear: plain });
  });

  test('have the access time mode that is set', () => {
    expect(exactAttributes(parseMountOptions(['relatime']).flags)).toEqual({
      set: 0,
      clear: plain | MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME,
    });
    expect(exactAttributes(parseMountOptions(['nodiratime', 'norelatime']).flags)).toEqual({
      set: MOUNT_ATTR_NODIRATIME,
      clear: plain | MOUNT_ATTR__ATIME,
    });
  });

  test('keep what is not mentioned where they are locked, but for links', () => {
    expect(mentionedAttributes(parseMountOptions(['ro', 'exec']).flags)).toEqual({
      set: MOUNT_ATTR_RDONLY,
      clear: MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOSYMFOLLOW,
    });
    expect(mentionedAttributes(parseMountOptions(['strictatime']).flags)).toEqual({
      set: MOUNT_ATTR_STRICTATIME,
      clear: MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME | MOUNT_ATTR_NOSYMFOLLOW,
    });
  });
});
