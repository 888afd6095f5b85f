// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, it } from 'vitest';
import { parseImageConfig } from '../../../src/oci/image-config.ts';
import { mediaTypeOf, parseIndex, parseManifest, parseManifestOrIndex } from '../../../src/oci/manifest.ts';
import { mediaTypes } from '../../../src/oci/types.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const blob = { mediaType: mediaTypes.ociLayerGzip, digest, size: 10 };
const manifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config: blob, layers: [blob] };
const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [blob] };
const bytes = (value: unknown): Buffer => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));

describe('a manifest or index', () => {
  it('is told apart by its media type, and by its members without one', () => {
    expect(parseManifestOrIndex(bytes(manifest), 'x').kind).toBe('manifest');
    expect(parseManifestOrIndex(bytes(index), 'x').kind).toBe('index');
    const bare = parseManifestOrIndex(bytes({ ...manifest, mediaType: undefined }), 'x');
    expect(bare.kind).toBe('manifest');
    expect(mediaTypeOf(bare)).toBe(mediaTypes.ociManifest);
    expect(mediaTypeOf(parseManifestOrIndex(bytes({ ...index, mediaType: mediaTypes.dockerIndex }), 'x'))).toBe(
      mediaTypes.dockerIndex,
    );
  });

  it('is refused where the other one is needed', () => {
    expect(() => parseIndex(bytes(manifest), 'x')).toThrow('expected an image index');
    expect(() => parseManifest(bytes(index), 'x')).toThrow('expected an image manifest');
  });

  it.each([
    ['', /^web: expected JSON, found ""$/],
    ['[]', /document: expected an object, found \[\]$/],
    ['{"a":1', /expected JSON, found/],
    [Buffer.from([0x22, 0xff, 0x22]), /expected JSON/],
    [{ schemaVersion: 3 }, /schemaVersion: expected the number 2, found 3$/],
    [{ ...manifest, mediaType: 'application/json' }, /mediaType: expected an image manifest or an image index, found/],
    [{ ...manifest, layers: {} }, /layers: expected a list, found \{\}$/],
    [{ ...manifest, config: null }, /config: descriptor: expected an object, found null$/],
    [{ ...manifest, layers: [{ ...blob, size: '10' }] }, /layers\[0\]: size: expected a number of bytes, found "10"$/],
    [{ ...manifest, layers: [{ ...blob, size: 1e300 }] }, /size: expected a number of bytes/],
    [
      { ...manifest, layers: [{ ...blob, digest: digest.toUpperCase() }] },
      /digest: expected sha256: and 64 hex digits/,
    ],
    [{ ...manifest, layers: [{ ...blob, mediaType: 1 }] }, /mediaType: expected a string, found 1$/],
    [{ ...manifest, layers: [{ ...blob, urls: 'http://x' }] }, /urls: expected a list of strings/],
    [{ ...index, manifests: [{ ...blob, platform: { os: 'linux' } }] }, /platform: expected an object with "os" and/],
    [{ ...index, manifests: [{ ...blob, annotations: { a: 1 } }] }, /annotations: expected strings by name/],
  ])('is refused when it is %j', (value, message) => {
    const input = Buffer.isBuffer(value) ? value : bytes(value);
    expect(() => parseManifestOrIndex(input, 'web')).toThrow(
      expect.objectContaining({ code: 'manifest', message: expect.stringMatching(message) }),
    );
  });
});

describe('an image config', () => {
  const config = { os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: [digest] } };

  it('loses what Docker writes as null', () => {
    const parsed = parseImageConfig(bytes({ ...config, config: { Env: null, Cmd: ['a'], Labels: null } }), 'x');
    expect(parsed.config).toEqual({ Cmd: ['a'] });
    const checked = parseImageConfig(bytes({ ...config, config: { Healthcheck: { Test: null, Retries: 3 } } }), 'x');
    expect(checked.config).toEqual({ Healthcheck: { Retries: 3 } });
    expect(parseImageConfig(bytes({ ...config, config: null }), 'x')).not.toHaveProperty('config');
  });

  it.each([
    [{ ...config, rootfs: undefined }, /rootfs: expected .*, found nothing$/],
    [{ ...config, rootfs: { type: 'layers', diff_ids: ['md5:1'] } }, /rootfs\.diff_ids\[0\]: expected a sha256 digest/],
    [{ ...config, os: 1 }, /os: expected a string, found 1$/],
    [{ ...config, config: [] }, /config: expected an object, found \[\]$/],
    [{ ...config, config: { Env: ['A=1', 2] } }, /config\.Env: expected a list of strings/],
    [{ ...config, config: { Cmd: 'sh' } }, /config\.Cmd: expected a list of strings, found "sh"$/],
    [{ ...config, config: { User: 0 } }, /config: User: expected a string, found 0$/],
    [{ ...config, config: { Labels: { a: {} } } }, /config\.Labels\["a"\]: expected a string/],
    [{ ...config, config: { Healthcheck: 'curl' } }, /config\.Healthcheck: expected an object, found "curl"$/],
    [{ ...config, config: { Healthcheck: { Test: 'curl' } } }, /config\.Healthcheck\.Test: expected a list of strings/],
    [{ ...config, config: { Healthcheck: { Interval: '5s' } } }, /config\.Healthcheck\.Interval: expected an integer/],
    [
      { ...config, config: { Healthcheck: { Retries: -1 } } },
      /config\.Healthcheck\.Retries: expected an integer of at/,
    ],
  ])('is refused when it is %j', (value, message) => {
    expect(() => parseImageConfig(bytes(value), 'image config')).toThrow(
      expect.objectContaining({ code: 'manifest', message: expect.stringMatching(message) }),
    );
  });
});
