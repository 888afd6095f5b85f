// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { layerHistories } from '../../../src/oci/image-history.ts';
import type { DiffId, ImageConfig } from '../../../src/oci/types.ts';

function config(layers: number, history: unknown): ImageConfig {
  const ids = Array.from({ length: layers }, () => `sha256:${'0'.repeat(64)}` as DiffId);
  return { os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: ids }, history } as ImageConfig;
}

test('entries that made no layer are passed over', () => {
  const history = [
    { created_by: 'ADD rootfs' },
    { created_by: 'ENV A=1', empty_layer: true },
    { created_by: 'RUN x', comment: 'c' },
  ];
  expect(layerHistories(config(2, history))).toEqual([
    { createdBy: 'ADD rootfs' },
    { createdBy: 'RUN x', comment: 'c' },
  ]);
});

test.each([
  ['none', undefined],
  ['one entry too few', [{ created_by: 'a' }]],
  ['one too many', [{ created_by: 'a' }, { created_by: 'b' }, { created_by: 'c' }]],
  ['a text', 'history'],
])('a history of %s says nothing of any layer', (_, history) => {
  expect(layerHistories(config(2, history))).toEqual([undefined, undefined]);
});

test('members of another type are left out', () => {
  expect(layerHistories(config(1, [{ created_by: 5, created: '2020' }]))).toEqual([{ created: '2020' }]);
});
