// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { createAnswerReader } from '../../../../init/control/http-answer.ts';

function read(text: string, size: number) {
  let body = '';
  const reader = createAnswerReader((part, status) => {
    body += `${status === 200 ? '' : status}${Buffer.from(part).toString()}`;
  });
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size));
  return { status: reader.status, isDone: reader.isDone, body };
}

const known = 'HTTP/1.1 200 OK\r\nContent-Type: x\r\nContent-Length: 5\r\n\r\nhello';
const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
const chunked = `${head}3\r\nhel\r\nc\r\nlo\r\n0\r\n\r\nbye\r\n0\r\n\r\n`;

describe('an answer', () => {
  test.each([1, 2, 7, 1000])('is taken apart in pieces of %i bytes', (size) => {
    expect(read(known, size)).toEqual({ status: 200, isDone: true, body: 'hello' });
    expect(read(chunked, size)).toEqual({ status: 200, isDone: true, body: 'hello\r\n0\r\n\r\nbye' });
  });

  test('of a program ends with its exit code', () => {
    const reader = createAnswerReader(() => undefined);
    reader.push(new TextEncoder().encode('HTTP/1.1 101 Switching Protocols\r\n\r\n1\r\nx\r\n0\r\nExit-Code: 13'));
    expect(reader).toMatchObject({ status: 101, isDone: false, exitCode: undefined });
    reader.push(new TextEncoder().encode('7\r\n\r\n'));
    expect(reader).toMatchObject({ isDone: true, exitCode: 137 });
  });

  test('has its status with its body, and ends without one', () => {
    expect(read('HTTP/1.1 404 Not Found\r\nContent-Length: 1\r\n\r\nx', 1000).body).toBe('404x');
    expect(read('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', 1).isDone).toBe(true);
  });

  test.each([known.slice(0, 20), known.slice(0, -1), chunked.slice(0, -6)])('is not done too early: %j', (text) => {
    expect(read(text, 1000).isDone).toBe(false);
  });

  test.each([
    ['tick 1\r\n\r\n', /no answer/],
    ['HTTP/1.1 200 OK\r\n\r\n', /no answer/],
    ['x'.repeat(4097), /no answer/],
    [`${head}3\r\nhel\r\n\0tskit\n`, /breaks off/],
    [`${head}ffffffffff\r\n`, /breaks off/],
  ])('%j is none', (text, message) => {
    expect(() => read(text, 1000)).toThrow(message);
  });
});
