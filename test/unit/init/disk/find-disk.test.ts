// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import type { DiskPlan } from '../../../../init/contract/disk-plan.ts';
import { type Candidate, chooseDisk, sizeText } from '../../../../init/disk/find-disk.ts';
import { emptyTable } from '../../../../init/disk/table.ts';
import { MemoryDisk } from '../../../support/memory-disk.ts';

const table = { table: emptyTable(new MemoryDisk(Buffer.alloc(1 << 20)), new Uint8Array(16)), toMend: [] };

function disk(name: string, more: Partial<Candidate> = {}): Candidate {
  return { name, path: `/dev/${name}`, bytes: 2 ** 31, isRoot: false, content: 'foreign', present: [], ...more };
}

const blank = { content: 'blank' } as const;
const root = { isRoot: true, content: table };
const data = { content: table, present: ['data'] };

function choose(device: string, candidates: readonly Candidate[], isLast = true): string | undefined {
  const partitions = ['data', 'logs'].map((label) => ({ label, type: '', least: 0, grow: false }));
  const plan: DiskPlan = { device, partitions, onFailure: 'continue' };
  return chooseDisk(plan, candidates, isLast)?.name;
}

describe('the disk of partitions', () => {
  test.each([
    [
      'the one that has one of them already, whatever else there is',
      'vdc',
      [disk('vda', root), disk('vdb', blank), disk('vdc', data)],
    ],
    ['else the one that the system was started from', 'vda', [disk('vda', root), disk('vdb', blank)]],
    ['else the only blank one', 'vdb', [disk('vda', { content: table }), disk('vdb', blank), disk('vdc')]],
    ['not one that cannot be used', 'vdb', [disk('vda', { ...blank, refusal: 'it is read-only' }), disk('vdb', blank)]],
  ] as const)('is %s', (_what, name, candidates) => {
    expect(choose('auto', candidates)).toBe(name);
  });

  test('is waited for while it may still appear', () => {
    expect(choose('auto', [disk('vda')], false)).toBeUndefined();
    expect(choose('/dev/vdb', [disk('vda')], false)).toBeUndefined();
    expect(choose('root', [disk('vda')], false)).toBeUndefined();
  });

  test('is never one of several, which are listed', () => {
    expect(() => choose('auto', [disk('vda', blank), disk('vdb', blank)], false)).toThrow(
      'expected one disk that is blank, found /dev/vda (2 GiB, blank), /dev/vdb (2 GiB, blank): take one out, or name the right one',
    );
    // A copy of the disk that the system runs from has all of its GUIDs.
    for (const device of ['root', 'auto']) {
      expect(() => choose(device, [disk('vda', root), disk('vdb', root)], false)).toThrow(
        'expected one disk that the system was started from, found /dev/vda (2 GiB, with a partition table), /dev/vdb',
      );
    }
    expect(() => choose('auto', [disk('vda', data), disk('vdb', data)])).toThrow(
      /^expected one disk with the partitions data, logs, found \/dev\/vda \(2 GiB, with a partition table\), /,
    );
  });

  test('that is missing is said with what there is', () => {
    expect(() => choose('auto', [])).toThrow('or a blank one, found no disk: attach an empty disk');
    expect(() => choose('auto', [disk('vda'), disk('vdb', { refusal: 'it is read-only' })])).toThrow(
      'found /dev/vda (2 GiB, with something else on it), /dev/vdb (2 GiB, it is read-only)',
    );
    expect(() => choose('root', [disk('vda', blank)])).toThrow('expected the disk that the system was started from');
    expect(() => choose('/dev/vdb', [disk('vda')])).toThrow('expected the disk /dev/vdb, found /dev/vda');
  });

  test('that is named is not overwritten when it has something else', () => {
    expect(choose('/dev/vdb', [disk('vda', data), disk('vdb', blank)])).toBe('vdb');
    expect(() => choose('/dev/vdb', [disk('vdb')])).toThrow(
      '/dev/vdb has data without a GUID partition table, which is not overwritten',
    );
    expect(() => choose('/dev/vdb', [disk('vdb', { refusal: 'it is read-only' })])).toThrow(
      '/dev/vdb: it is read-only',
    );
  });
});

test.each([
  [300 * 2 ** 20, '300 MiB'],
  [1.5 * 2 ** 30, '1.5 GiB'],
  [2 ** 40, '1 TiB'],
])('%i bytes are %s', (bytes, text) => {
  expect(sizeText(bytes)).toBe(text);
});
