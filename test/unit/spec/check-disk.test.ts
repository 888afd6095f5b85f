// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { parseSpec, parseSpecs } from '../../../src/spec/parse.ts';
import { specMistakes } from '../../support/spec-mistakes.ts';

/** Of a disk that stands on line 1, without the path that all have. */
function mistakes(disk: string): readonly string[] {
  return specMistakes(`disk: ${disk}\n`).map((line) => line.replace(/ disk\.?/, ' '));
}

/** Of partitions, each a line of its own from 3 on. */
function mistakesOf(...partitions: readonly string[]): readonly string[] {
  const text = `disk:\n  partitions:\n${partitions.map((one) => `    - ${one}\n`).join('')}`;
  return specMistakes(text).map((line) => line.replace('disk.partitions', ''));
}

describe('partitions that keep data', () => {
  test.each([
    ['{label: data, mount: /var/lib/data}'],
    ['{label: data, size: 512M, type: var, mount: /var, options: [noatime, commit=30], grow: true}'],
    [
      '{label: a, size: 16m}',
      '{label: b, size: 1T, mount: /b, grow: false}',
      '{label: c, size: rest, filesystem: none}',
    ],
    ['{label: esp, size: 1GiB, filesystem: none, type: C12A7328-F81F-11D2-BA4B-00A0C93EC93B, encrypted: }'],
    ['{label: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx, mount: /data}'],
  ])('%s is valid', (...partitions) => {
    expect(mistakesOf(...partitions)).toEqual([]);
  });

  test.each([
    ['{mount: /data}', '3:7 [0]: expected the key "label" with a name of letters, .*, found only "mount"'],
    ['{label: data of mine}', '3:15 [0].label: expected a name of letters, digits'],
    [
      '{label: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx}',
      '3:15 [0].label: expected a label of at most 36 characters, found 37',
    ],
    [
      '{label: data, size: 4}',
      '3:27 [0].size: expected a size such as "512M" or "4G", or "rest", found .*; did you mean "4M"\\?',
    ],
    ['{label: data, size: all}', '3:27 [0].size: expected a size such as'],
    ['{label: data, size: 1500k}', '3:27 [0].size: expected a size such as'],
    ['{label: data, size: 8M}', '3:27 [0].size: expected at least "16M" for a file system, found "8M"'],
    ['{label: data, type: lnux}', '3:27 [0].type: expected "linux", "home", .* or a GUID, found the string "lnux"'],
    ['{label: data, filesystem: xfs}', '3:33 [0].filesystem: expected "ext4" or "none", found the string "xfs"'],
    ['{label: data, mount: data}', '3:28 [0].mount: expected an absolute path such as "/var/lib/data"'],
    ['{label: data, mount: /}', '3:28 [0].mount: expected a folder below /, found "/": the root is not replaced'],
    ['{label: data, mount: /a/../b}', '3:28 [0].mount: expected a path without "//", "." and "..", found "/a/../b"'],
    ['{label: data, mount: /data/}', '3:28 [0].mount: expected a path without "//", "." and ".."'],
    [
      '{label: data, mount: /proc/data}',
      '3:28 [0].mount: expected a folder that is not the system\'s, found "/proc/data"',
    ],
    ['{label: data, mount: /etc}', '3:28 [0].mount: expected a folder that is not the system\'s, found "/etc"'],
    ['{label: data, mount: /lib}', "3:28 [0].mount: expected a folder that is not the system's"],
    ['{label: data, options: [noatime]}', '3:21 [0].options: expected the key "mount" beside "options", found none'],
    [
      '{label: data, filesystem: none, mount: /data}',
      '3:39 [0].mount: expected a file system to mount, found filesystem "none"',
    ],
    [
      '{label: data, mount: /data, options: [noatme]}',
      '3:45 [0].options\\[0\\]: expected an option of ext4, found "noatme"; did you mean "noatime"\\?',
    ],
    [
      '{label: data, mount: /data, options: ["noatime,ro"]}',
      '3:45 [0].options\\[0\\]: expected a mount option such as "noatime"',
    ],
    ['{label: data, encrypted: luks}', '3:21 [0].encrypted: "encrypted" is not built yet'],
    ['{name: data}', '3:8 [0].name: expected a known key, found "name"; did you mean "label"\\?'],
  ])('%s is one mistake', (partition, message) => {
    const pattern = message.replace(/\[0\]([.:])/, '\\[0\\]$1');
    expect(mistakesOf(partition)).toEqual([expect.stringMatching(new RegExp(`^${pattern}`))]);
  });

  test('only the last one has the rest of the disk, or grows', () => {
    expect(
      mistakesOf('{label: a}', '{label: b, size: rest}', '{label: c, size: 1G, grow: true}', '{label: d}'),
    ).toEqual([
      '3:7 [0]: expected the key "size", as only the last partition can have the rest of the disk, found none',
      '4:24 [1].size: expected "rest" for the last partition only, found another behind it',
      '5:34 [2].grow: expected true for the last partition only, found another behind it',
    ]);
  });

  test('labels and mount points are those of one partition only', () => {
    expect(mistakesOf('{label: a, size: 1G, mount: /a}', '{label: a, mount: /a}')).toEqual([
      '4:15 [1].label: expected a label of its own, found "a" as at os.yml:3:15',
      '4:25 [1].mount: expected a mount of its own, found "/a" as at os.yml:3:35',
    ]);
  });
});

describe('the disk', () => {
  test.each(['', '{}', '{device: auto}', '{device: root, size: 4G}', '{device: /dev/disk/by-id/x, on_failure: halt}'])(
    '%s is valid',
    (disk) => {
      expect(mistakes(disk)).toEqual([]);
    },
  );

  test.each([
    [
      '{device: vdb}',
      '1:16 device: expected "auto", "root" or the path of a device such as "/dev/vdb", found the string "vdb"',
    ],
    ['{size: rest}', '1:14 size: expected a size such as "512M" or "4G"'],
    ['{on_failure: stop}', '1:20 on_failure: expected "continue", "halt", "reboot", "poweroff" or "emergency"'],
    [
      '{partitions: [{label: a, size: 1G}], size: 1G}',
      '1:50 size: expected at least "1026M", which the partitions need, found "1G"',
    ],
  ])('%s is one mistake', (disk, message) => {
    expect(mistakes(disk)).toEqual([expect.stringMatching(new RegExp(`^${message}`))]);
  });

  test('of a later file overrides key by key', () => {
    const source = (name: string, text: string) => ({ name, text, folder: '/specs' });
    const { disk } = parseSpecs([
      source('a.yml', 'disk: {size: 4G, partitions: [{label: a}]}\n'),
      source('b.yml', 'disk: {size: 8G, device: root}\n'),
    ]);
    expect(disk).toEqual({ size: '8G', device: 'root', partitions: [{ label: 'a' }] });
    expect(parseSpec('disk:\n', 'os.yml').disk).toBeUndefined();
  });
});
