// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { mirrorOf, parseMirrors } from '../../../../src/oci/registry/mirrors.ts';
import { refusalOf } from '../../../support/refusal.ts';

describe('a registry is asked at', () => {
  test.each<[string, readonly string[], string, string | undefined]>([
    ['its own host without a mirror', [], 'ghcr.io', undefined],
    ['the mirror of all', ['http://mirror:5000'], 'ghcr.io', 'http://mirror:5000'],
    ['its mirror', ['ghcr.io=https://m.example'], 'ghcr.io', 'https://m.example'],
    ['its own host when another has a mirror', ['ghcr.io=https://m.example'], 'quay.io', undefined],
    [
      'its mirror rather than that of all',
      ['https://all', 'quay.io=https://m.example'],
      'quay.io',
      'https://m.example',
    ],
    ['the last of several', ['quay.io=https://one', 'quay.io=https://two'], 'quay.io', 'https://two'],
    [
      "Docker Hub's mirror, whichever of its names that has",
      ['index.docker.io=https://hub'],
      'docker.io',
      'https://hub',
    ],
    ["Docker Hub's mirror with a slash behind", ['docker.io/=https://hub/'], 'docker.io', 'https://hub'],
    ['a mirror below a path', ['https://m.example/a/b/'], 'docker.io', 'https://m.example/a/b'],
    ['a mirror of a registry with a port', ['localhost:5000=http://m'], 'localhost:5000', 'http://m'],
  ])('%s', (_, texts, registry, url) => {
    expect(mirrorOf(parseMirrors(texts, '--mirror'), registry)?.url).toBe(url);
  });

  test('host, path and TLS of the URL', () => {
    const mirrors = parseMirrors(['https://m.example:8443/proxy/hub/'], '--mirror');
    expect(mirrorOf(mirrors, 'docker.io')).toEqual({
      url: 'https://m.example:8443/proxy/hub',
      host: 'm.example:8443',
      tls: true,
      path: 'proxy/hub',
    });
  });
});

describe('what is no mirror is refused', () => {
  test.each([
    [
      'docker.io=mirror.example.com',
      'expected a URL that begins with http:// or https://, found "docker.io=mirror.example.com"',
    ],
    ['mirror.example.com', 'found "mirror.example.com"'],
    ['ftp://mirror', 'found "ftp://mirror"'],
    ['https://', 'found "https://"'],
    ['=https://mirror', 'expected a registry as host[:port] before "="'],
    ['a/b=https://mirror', 'expected a registry as host[:port] before "="'],
    ['https://mirror?x=1', 'expected a URL without "?" and "#"'],
  ])('%s', (text, message) => {
    expect(refusalOf('usage', () => parseMirrors([text], '--mirror'))).toContain(message);
  });

  test.each(['https://me:secret@mirror', 'ghcr.io=https://me:secret@mirror:x/'])(
    'with a login in it, and without showing the login: %s',
    (text) => {
      const message = refusalOf('usage', () => parseMirrors([text], 'TSKIT_MIRROR'));
      expect(message).toMatch(/^TSKIT_MIRROR: expected a URL/);
      expect(message).not.toContain('secret');
    },
  );
});
