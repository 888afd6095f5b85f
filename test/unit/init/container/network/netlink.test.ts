// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { ask, attributesOf, encodeRequest, NLM_F_DUMP } from '../../../../../init/container/network/netlink.ts';
import type { Sys } from '../../../../../init/sys.ts';

/** A socket whose kernel gives these datagrams, each from a port. */
function kernel(...datagrams: readonly { readonly bytes: Uint8Array; readonly port?: number }[]): Sys {
  const queue = [...datagrams];
  return {
    sendmsg: () => 0,
    recvmsg: (_fd: number, buffer: Uint8Array) => {
      const next = queue.shift();
      if (next === undefined) throw new Error('nothing more is sent');
      buffer.set(next.bytes);
      return { length: next.bytes.length, fds: [], truncated: false, netlinkPort: next.port ?? 0 };
    },
  } as unknown as Sys;
}

function message(type: number, payload: readonly number[], sequence = 1): Uint8Array {
  return encodeRequest({ type, flags: 0, body: Uint8Array.from(payload), attributes: [] }, sequence);
}

const request = { type: 18, flags: 0, body: new Uint8Array(16), attributes: [] };
const done = message(3, [0, 0, 0, 0]);
const acknowledged = message(2, [0, 0, 0, 0]);

describe('a request', () => {
  test('has its length, type and flags before its body, and attributes at multiples of four', () => {
    const value = Uint8Array.from([0x61, 0]);
    const bytes = encodeRequest(
      { type: 16, flags: 4, body: Uint8Array.from([9]), attributes: [{ type: 3, value }] },
      7,
    );
    const header = [26, 0, 0, 0, 16, 0, 5, 0, 7, 0, 0, 0, 0, 0, 0, 0];
    expect([...bytes]).toEqual([...header, 9, 0, 0, 0, 6, 0, 3, 0, 0x61, 0]);
  });
});

describe('attributes', () => {
  test('are read by their types, without the bits that say how', () => {
    const found = attributesOf(Uint8Array.from([1, 1, 1, 1, 5, 0, 3, 0x80, 42, 0, 0, 0, 4, 0, 9, 0]), 4);
    expect([...found].map(([type, value]) => [type, [...value]])).toEqual([
      [3, [42]],
      [9, []],
    ]);
  });

  test.each([
    ['a length of nothing', [0, 0, 3, 0]],
    ['a length beyond the end', [9, 0, 3, 0, 1]],
    ['half a header', [4, 0]],
  ])('end at %s', (_, bytes) => {
    expect(attributesOf(Uint8Array.from(bytes), 0).size).toBe(0);
  });
});

describe('an answer', () => {
  test('is the entries of all datagrams up to the end of a table', () => {
    const both = Uint8Array.from([...message(16, [1, 2, 3, 4]), ...message(16, [5, 6, 7, 8])]);
    const entries = ask(kernel({ bytes: both }, { bytes: message(16, [9, 9, 9, 9]) }, { bytes: done }), 3, {
      ...request,
      flags: NLM_F_DUMP,
    });
    expect(entries.map(({ payload }) => payload[0])).toEqual([1, 5, 9]);
  });

  test('is taken from the kernel only, and only to this request', () => {
    const sys = kernel(
      { bytes: message(2, [0xff, 0xff, 0xff, 0xff]), port: 1234 },
      { bytes: message(2, [0xff, 0xff, 0xff, 0xff], 2) },
      { bytes: acknowledged },
    );
    expect(ask(sys, 3, request)).toEqual([]);
  });

  test('that refuses is an error by its name', () => {
    expect(() => ask(kernel({ bytes: message(2, [256 - 17, 255, 255, 255]) }), 3, request)).toThrow('EEXIST');
    expect(() => ask(kernel({ bytes: message(2, [256 - 71, 255, 255, 255]) }), 3, request)).toThrow('error 71');
  });

  test('whose length is wrong is an error', () => {
    const broken = message(16, [1, 2, 3, 4]);
    broken[0] = 200;
    expect(() => ask(kernel({ bytes: broken }), 3, request)).toThrow('expected a message of 200 bytes, found 20');
  });
});
