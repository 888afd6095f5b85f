// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, it } from 'vitest';
import { choosePlatform, formatPlatform, platformDistance } from '../../../src/oci/platform.ts';
import { type Descriptor, type Digest, type Index, mediaTypes, type Platform } from '../../../src/oci/types.ts';

function platform(text: string): Platform {
  const [os = '', architecture = '', variant] = text.split('/');
  return { os, architecture, ...(variant !== undefined && { variant }) };
}

function index(...platforms: readonly (string | undefined)[]): Index {
  const manifests = platforms.map((text, at): Descriptor => {
    const digest = `sha256:${String(at).repeat(64)}` as Digest;
    return {
      mediaType: mediaTypes.ociManifest,
      digest,
      size: 1,
      ...(text !== undefined && { platform: platform(text) }),
    };
  });
  return { schemaVersion: 2, manifests };
}

describe('the choice of a platform', () => {
  it.each([
    ['linux/amd64', 'linux/amd64', 0],
    ['linux/arm64/v8', 'linux/arm64', 0],
    ['linux/arm64', 'linux/arm64/v8', 0],
    ['linux/arm', 'linux/arm/v7', 0],
    ['linux/arm/v6', 'linux/arm/v7', 1],
    ['linux/arm/v5', 'linux/arm/v7', 2],
    ['linux/arm/v7', 'linux/arm/v6', undefined],
    ['linux/amd64/v2', 'linux/amd64', undefined],
    ['linux/amd64', 'linux/amd64/v3', 2],
    ['linux/arm64', 'linux/arm/v7', undefined],
    ['windows/amd64', 'linux/amd64', undefined],
  ])('puts an image for %s on a machine of %s at distance %s', (found, wanted, distance) => {
    expect(platformDistance(platform(found), platform(wanted))).toBe(distance);
  });

  it('takes the nearest of several variants', () => {
    const entries = index('linux/arm/v5', 'linux/arm/v6', 'linux/arm/v7', 'linux/arm64');
    expect(choosePlatform(entries, platform('linux/arm/v6'), 'x')).toBe(entries.manifests[1]);
    expect(choosePlatform(entries, platform('linux/arm'), 'x')).toBe(entries.manifests[2]);
  });

  it('takes the only entry when it does not say its platform', () => {
    const entries = index(undefined);
    expect(choosePlatform(entries, platform('linux/amd64'), 'x')).toBe(entries.manifests[0]);
    expect(() => choosePlatform(index(undefined, undefined), platform('linux/amd64'), 'x')).toThrow(
      'none with a platform',
    );
  });

  it('lists each platform once, and no attestations', () => {
    const entries = index('linux/arm64', 'unknown/unknown', 'linux/arm64', 'linux/arm/v7');
    expect(() => choosePlatform(entries, platform('linux/amd64'), 'index x')).toThrow(
      expect.objectContaining({
        code: 'platform',
        message: 'index x: expected an image for linux/amd64, found linux/arm64, linux/arm/v7',
      }),
    );
  });

  it('shows a variant only when there is one', () => {
    expect(formatPlatform({ os: 'linux', architecture: 'amd64', variant: '' })).toBe('linux/amd64');
    expect(formatPlatform(platform('linux/arm/v7'))).toBe('linux/arm/v7');
  });
});
