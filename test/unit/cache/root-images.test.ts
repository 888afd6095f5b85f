// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { trimRootImages } from '../../../src/cache/root-images.ts';
import { lockForCleaning } from '../../../src/oci/lease.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

let folder: ReturnType<typeof temporaryFolder>;
const { signal } = new AbortController();
beforeEach(() => {
  folder = temporaryFolder();
  mkdirSync(join(folder.path, 'root'));
  for (const [index, name] of ['new', 'old', 'oldest', 'newest'].entries()) {
    const used = [40, 20, 10, 50][index] ?? 0;
    for (const end of ['img', 'json']) {
      const path = join(folder.path, 'root', `${name}.${end}`);
      writeFileSync(path, name);
      utimesSync(path, used, used);
    }
  }
});
afterEach(() => folder[Symbol.dispose]());

const left = (): readonly string[] => readdirSync(join(folder.path, 'root')).sort();
const recent = ['new.img', 'new.json', 'newest.img', 'newest.json'];

test('room is made for a third by what was not used for longest, and its record', async () => {
  await trimRootImages(folder.path, signal);
  expect(left()).toEqual(recent);
});

test('nothing is removed while another process may remove or begin to use something', async () => {
  const lock = await lockForCleaning(folder.path, signal);
  const trimmed = trimRootImages(folder.path, signal);
  await sleep(50);
  expect(left()).toHaveLength(8);
  lock[Symbol.dispose]();
  await trimmed;
  expect(left()).toEqual(recent);
});

test('what is interrupted removes nothing', async () => {
  const controller = new AbortController();
  using _lock = await lockForCleaning(folder.path, signal);
  const trimmed = trimRootImages(folder.path, controller.signal);
  controller.abort();
  await expect(trimmed).rejects.toThrow('interrupted');
  expect(left()).toHaveLength(8);
});
