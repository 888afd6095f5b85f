// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/oci/digest.ts';
import { openStore, type Store } from '../../../src/oci/store.ts';
import { type Digest, mediaTypes } from '../../../src/oci/types.ts';

const signal = new AbortController().signal;
let cache: string;
let store: Store;

beforeEach(async () => {
  cache = mkdtempSync(join(tmpdir(), 'tskit-cache-'));
  store = await openStore(cache, signal);
});

afterEach(() => rmSync(cache, { recursive: true, force: true }));

describe('the store', () => {
  it('is not there until something is written', () => {
    expect(existsSync(store.root)).toBe(false);
    expect(store.references()).toEqual([]);
    expect(store.readDocument(`sha256:${'0'.repeat(64)}` as Digest)).toBeUndefined();
  });

  it('keeps a stream under the digest that it turns out to have', async () => {
    const descriptor = await store.writeBlob([Buffer.from('hel'), Buffer.from('lo')], mediaTypes.ociLayer);
    expect(descriptor).toEqual({ mediaType: mediaTypes.ociLayer, digest: digestOf(Buffer.from('hello')), size: 5 });
    expect(readFileSync(store.blobPath(descriptor.digest), 'utf8')).toBe('hello');
    expect(store.hasBlob(descriptor)).toBe(true);
    expect(store.hasBlob({ ...descriptor, size: 6 })).toBe(false);
    expect(await store.writeBlob([Buffer.from('hello')], mediaTypes.ociLayer)).toEqual(descriptor);
    expect(readdirSync(join(cache, 'tmp'))).toEqual([]);
  });

  it('leaves nothing of a stream that fails', async () => {
    async function* broken(): AsyncGenerator<Buffer> {
      yield Buffer.from('half');
      throw new Error('source broke');
    }
    await expect(store.writeBlob(broken(), mediaTypes.ociLayer)).rejects.toThrow('source broke');
    expect(readdirSync(join(cache, 'tmp'))).toEqual([]);
  });

  it('lets a reference name one image, and forgets it again', async () => {
    const first = await store.writeJson({ first: 1 }, mediaTypes.ociManifest);
    const second = await store.writeJson({ second: 2 }, mediaTypes.ociManifest);
    await store.tag('a:1', first);
    await store.tag('b:1', first);
    await store.tag('a:1', second);
    const again = await openStore(cache, signal);
    expect(again.lookup('a:1')).toMatchObject(second);
    expect(again.lookup('b:1')).toMatchObject(first);
    await again.untag(new Set(['a:1']));
    expect(again.references().map(({ reference }) => reference)).toEqual(['b:1']);
    expect(again.hasBlob(second)).toBe(true);
  });

  it('sees what another one has tagged when it tags itself', async () => {
    const other = await openStore(cache, signal);
    const blob = await store.writeJson({}, mediaTypes.ociManifest);
    await other.tag('other:1', blob);
    await store.tag('own:1', blob);
    expect(store.references().map(({ reference }) => reference)).toEqual(['other:1', 'own:1']);
  });

  it('says what to do about a manifest that is not there', () => {
    const digest = `sha256:${'0'.repeat(64)}` as Digest;
    expect(() => store.readManifest(digest)).toThrow(
      expect.objectContaining({
        code: 'store',
        message: `reading blob ${digest}: not in the store "${store.root}"`,
        hint: expect.stringContaining('--offline'),
      }),
    );
  });
});
