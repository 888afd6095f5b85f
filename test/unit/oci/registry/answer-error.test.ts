// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, it } from 'vitest';
import { answerError, transientAnswer } from '../../../../src/oci/registry/answer-error.ts';
import type { HttpResponse } from '../../../../src/oci/registry/http-client.ts';

function response(status: number, headers: Record<string, string> = {}): HttpResponse {
  return {
    status,
    header: (name) => headers[name],
    chunks: () => (async function* () {})(),
    bytes: async () => Buffer.alloc(0),
    discard: () => {},
  };
}

describe('an answer that is an error', () => {
  it.each([
    [429, true],
    [503, true],
    [500, true],
    [408, true],
    [200, false],
    [404, false],
    [401, false],
    [501, false],
  ])('of status %i may pass: %s', (status, expected) => {
    expect(transientAnswer(response(status), 'GET x') !== undefined).toBe(expected);
  });

  it('says how long to wait, in seconds or as a date', () => {
    expect(transientAnswer(response(429, { 'retry-after': '7' }), 'x')?.waitMs).toBe(7000);
    const date = new Date(Date.now() + 30_000).toUTCString();
    const waitMs = transientAnswer(response(429, { 'retry-after': date }), 'x')?.waitMs ?? 0;
    expect(waitMs).toBeGreaterThan(28_000);
    expect(waitMs).toBeLessThan(31_000);
    expect(transientAnswer(response(429, { 'retry-after': 'soon' }), 'x')?.waitMs).toBeUndefined();
    expect(transientAnswer(response(429, { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }), 'x')?.waitMs).toBe(0);
  });

  it.each([
    [401, 'auth', '401 unauthorized'],
    [403, 'auth', '403 forbidden'],
    [404, 'not-found', '404 not found'],
    [418, 'network', 'status 418'],
  ])('of status %i is %s', (status, code, text) => {
    expect(answerError(status, Buffer.from('<html>'), 'GET x', 'ghcr.io', false)).toMatchObject({
      code,
      message: `GET x: ${text}`,
    });
  });

  it('brings what the registry says, printable and short', () => {
    const errors = [{ code: 'DENIED', message: `no\u001b[31m\nway ${'x'.repeat(500)}` }];
    const { message } = answerError(403, Buffer.from(JSON.stringify({ errors })), 'GET x', 'ghcr.io', true);
    expect(message).toMatch(/^GET x: 403 forbidden: DENIED no \[31m way x+$/);
    expect(message.length).toBeLessThan(250);
  });
});
