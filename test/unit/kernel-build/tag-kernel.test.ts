// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { defaultTag, tagKernel } from '../../../src/kernel-build/tag-kernel.ts';
import { openStore } from '../../../src/oci/store.ts';
import { silentReporter } from '../../../src/reporter.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

test('a kernel is called by its release, and by an architecture that is not the usual one', () => {
  expect(defaultTag('6.12.118-tskit', { os: 'linux', architecture: 'amd64' })).toBe('localhost/kernel:6.12.118-tskit');
  expect(defaultTag('6.12.118-tskit', { os: 'linux', architecture: 'arm64' })).toBe(
    'localhost/kernel:6.12.118-tskit-arm64',
  );
});

test('that a kernel takes the name of another is said, with where that one is', async () => {
  using folder = temporaryFolder();
  const store = await openStore(folder.path, new AbortController().signal);
  const [one, other] = await Promise.all(
    ['one', 'other'].map((text) => store.writeBytes(Buffer.from(text), 'application/vnd.oci.image.manifest.v1+json')),
  );
  if (one === undefined || other === undefined) throw new Error('expected two manifests');
  const notes: string[] = [];
  const reporter = { ...silentReporter, note: (text: string) => void notes.push(text) };
  await tagKernel(store, 'localhost/kernel:1', { manifest: one }, reporter);
  await tagKernel(store, 'localhost/kernel:1', { manifest: one }, reporter);
  expect(notes).toEqual([]);
  await tagKernel(store, 'localhost/kernel:1', { manifest: other }, reporter);
  expect(notes).toEqual([
    `"localhost/kernel:1" was another kernel, ${one.digest}, and is this one now; \`--tag NAME\` keeps both`,
  ]);
  expect(store.lookup('localhost/kernel:1')?.digest).toBe(other.digest);
});
