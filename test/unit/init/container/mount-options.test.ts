// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { parseMountOptions, parsePropagation } from '../../../../init/container/mount-options.ts';
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
} from '../../../../init/linux.ts';

describe('mount options', () => {
  test.each([
    ['ro', MOUNT_ATTR_RDONLY, 0],
    ['rw', 0, MOUNT_ATTR_RDONLY],
    ['nosuid', MOUNT_ATTR_NOSUID, 0],
    ['suid', 0, MOUNT_ATTR_NOSUID],
    ['nodev', MOUNT_ATTR_NODEV, 0],
    ['dev', 0, MOUNT_ATTR_NODEV],
    ['noexec', MOUNT_ATTR_NOEXEC, 0],
    ['exec', 0, MOUNT_ATTR_NOEXEC],
    ['nosymfollow', MOUNT_ATTR_NOSYMFOLLOW, 0],
    ['nodiratime', MOUNT_ATTR_NODIRATIME, 0],
    ['noatime', MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME],
    ['strictatime', MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME],
    ['relatime', 0, MOUNT_ATTR__ATIME],
    ['atime', 0, MOUNT_ATTR__ATIME],
  ])('"%s" changes its attribute, and with an r in front that of the whole tree', (word, set, clear) => {
    expect(parseMountOptions([word]).attributes).toEqual({ set, clear });
    expect(parseMountOptions([`r${word}`])).toMatchObject({
      recursive: { set, clear },
      attributes: { set: 0, clear: 0 },
    });
  });

  test('the last of opposite options counts', () => {
    expect(parseMountOptions(['ro', 'nosuid', 'rw']).attributes).toEqual({
      set: MOUNT_ATTR_NOSUID,
      clear: MOUNT_ATTR_RDONLY,
    });
    expect(parseMountOptions(['noatime', 'strictatime']).attributes.set).toBe(MOUNT_ATTR_STRICTATIME);
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
    ]);
    expect(options.flags).toEqual(['ro', 'sync']);
    expect(options.data).toEqual(['size=64k', 'newinstance', 'mode=755']);
    expect([options.copyUp, options.remount]).toEqual([true, true]);
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
