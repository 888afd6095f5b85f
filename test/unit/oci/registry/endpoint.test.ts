// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, it } from 'vitest';
import { apiHost, isLoopback, schemeFor, showUrl } from '../../../../src/oci/registry/endpoint.ts';

describe('where a registry is', () => {
  it.each([
    ['localhost', true],
    ['localhost:5000', true],
    ['LOCALHOST:5000', true],
    ['web.localhost', true],
    ['127.0.0.1', true],
    ['127.8.9.1:80', true],
    ['[::1]:5000', true],
    ['127.example.com', false],
    ['localhost.example.com', false],
    ['10.0.0.1:5000', false],
    ['[::2]', false],
    ['registry', false],
  ])('%s is this machine: %s', (host, expected) => {
    expect(isLoopback(host)).toBe(expected);
  });

  it('is spoken to without TLS only here or where the user says so', () => {
    expect(schemeFor('localhost:5000', [])).toBe('plain-first');
    expect(schemeFor('registry.example.com', [])).toBe('tls');
    expect(schemeFor('registry.example.com:5000', ['registry.example.com'])).toBe('plain');
    expect(schemeFor('registry.example.com:5000', ['registry.example.com:5000'])).toBe('plain');
    expect(schemeFor('registry.example.com:443', ['registry.example.com:5000'])).toBe('tls');
  });

  it('is another host than its name for Docker Hub', () => {
    expect(apiHost('docker.io')).toBe('registry-1.docker.io');
    expect(apiHost('ghcr.io')).toBe('ghcr.io');
  });

  it('is shown without what may be secret', () => {
    expect(showUrl(new URL('https://user:pass@example.com:8443/v2/x?sig=secret#f'))).toBe(
      'https://example.com:8443/v2/x',
    );
  });
});
