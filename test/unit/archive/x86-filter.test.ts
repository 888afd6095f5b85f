// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { expandAll } from '../../../src/kernel/expand.ts';
import { X86Filter } from '../../../src/archive/x86-filter.ts';
import { readContent } from '../../../src/content.ts';
import { Assembly } from '../../support/assembly.ts';

let assembly: Assembly;
beforeEach(() => {
  assembly = new Assembly();
});
afterEach(() => assembly[Symbol.dispose]());

function xz(data: Buffer, ...args: readonly string[]): Buffer {
  return execFileSync('xz', ['--check=crc32', ...args, '--stdout'], { input: data, maxBuffer: 1 << 26 });
}

async function unpacked(data: Buffer): Promise<Buffer> {
  const compressed = { name: 'x', content: { kind: 'inline', data }, compression: 'xz' } as const;
  const [content] = await expandAll([compressed], 1 << 26, assembly.ctx);
  return content === undefined ? Buffer.alloc(0) : readContent(content, 1 << 26);
}

/** Bytes of a few kinds, in an order that is always the same. */
function mixture(kinds: readonly number[], size: number): Buffer {
  let state = 1;
  return Buffer.from(
    Array.from({ length: size }, () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return kinds[(state >>> 16) % kinds.length] ?? 0;
    }),
  );
}

const inputs: Readonly<Record<string, () => Buffer>> = {
  'a real program': () => readFileSync(process.execPath).subarray(30 << 20, 33 << 20),
  'opcodes upon opcodes': () => mixture([0xe8, 0xe9, 0x00, 0xff, 0x01, 0x7f], 200_000),
  'nothing but opcodes': () => Buffer.alloc(10_000, 0xe8),
  'an opcode at the end': () => Buffer.from([1, 2, 3, 0xe8, 0, 0, 0]),
  'less than an instruction': () => Buffer.from([0xe8, 0, 0]),
};

describe('the filter that xz has for x86 code is undone', () => {
  test.each(Object.keys(inputs))('for %s', async (name) => {
    const data = inputs[name]?.() ?? Buffer.alloc(0);
    expect((await unpacked(xz(data, '--x86', '--lzma2=preset=1'))).equals(data)).toBe(true);
  });

  test('however the stream is cut into chunks', () => {
    const data = inputs['opcodes upon opcodes']?.() ?? Buffer.alloc(0);
    const raw = xz(data, '--format=raw', '--x86', '--lzma2=preset=0');
    const filtered = execFileSync('xz', ['-dc', '--format=raw', '--lzma2=preset=0'], {
      input: raw,
      maxBuffer: 1 << 26,
    });
    expect(filtered.equals(data)).toBe(false);
    for (const size of [1, 2, 3, 5, 7, 4096]) {
      const filter = new X86Filter();
      const pieces: Buffer[] = [];
      for (let at = 0; at < filtered.length; at += size) {
        // What is returned may be the memory of later calls.
        pieces.push(Buffer.from(filter.undo(filtered.subarray(at, at + size))));
      }
      expect(Buffer.concat([...pieces, filter.rest()]).equals(data), `chunks of ${size}`).toBe(true);
    }
  });
});

describe('a stream with this filter is refused', () => {
  const whole = () => xz(inputs['opcodes upon opcodes']?.() ?? Buffer.alloc(0), '--x86', '--lzma2=preset=1');

  test.each<[string, () => Buffer, RegExp]>([
    ['when a byte of it is another', () => changed(whole(), -100), /xz: the stream is damaged/],
    ['when its checksum is another', () => changed(whole(), -(12 + 12 + 2)), /xz: (the stream is damaged|expected)/],
    ['when it is cut', () => whole().subarray(0, -5), /xz: expected one block of x86 code, found no end of the stream/],
    [
      'when it has several blocks',
      () => xz(Buffer.alloc(300_000, 0xe8), '--x86', '--lzma2=preset=1', '--block-size=100000'),
      /found 3 blocks/,
    ],
    [
      'when its check is one that is not verified',
      () => xz(Buffer.alloc(1000, 0xe8), '--check=sha256', '--x86', '--lzma2=preset=1'),
      /found a check of type 10/,
    ],
  ])('%s', async (_, make, message) => {
    await expect(unpacked(make())).rejects.toMatchObject({ code: 'archive', message: expect.stringMatching(message) });
  });

  function changed(bytes: Buffer, at: number): Buffer {
    const place = bytes.length + at;
    bytes[place] = (bytes[place] ?? 0) ^ 0x55;
    return bytes;
  }
});
