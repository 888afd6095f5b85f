// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { longestBody, ReplyReader } from '../../../../init/metadata/http/reply.ts';

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));

/** Reads an answer that comes in pieces of that size; undefined when it is not whole at the end. */
function read(text: string, size = text.length, isEnded = true) {
  const reader = new ReplyReader();
  for (let at = 0; at < text.length; at += size) reader.push(bytes(text.slice(at, at + size)));
  if (isEnded && reader.answer === undefined) reader.end();
  const { answer } = reader;
  return answer === undefined ? undefined : { ...answer, body: Buffer.from(answer.body).toString('latin1') };
}

const ok = 'HTTP/1.1 200 OK\r\n';

describe('an answer', () => {
  test.each([
    { name: 'of a known length', text: `${ok}Content-Length: 5\r\n\r\nhello` },
    {
      name: 'in chunks',
      text: `${ok}Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nTrailer: x\r\n\r\n`,
    },
    { name: 'up to the end of the connection', text: `${ok}\r\nhello` },
    { name: 'of HTTP/1.0, with bare line ends', text: 'HTTP/1.0 200 OK\nServer: x\n\nhello' },
    { name: 'after one that says to go on', text: `HTTP/1.1 100 Continue\r\n\r\n${ok}Content-Length: 5\r\n\r\nhello` },
  ])('$name is read whatever pieces it comes in', ({ text }) => {
    for (const size of [1, 2, 3, 7, text.length])
      expect(read(text, size)).toMatchObject({ status: 200, body: 'hello' });
  });

  test('has its headers by names in lower case', () => {
    expect(
      read('HTTP/1.1 302 Found\r\nLOCATION:  http://x/ \r\nContent-Length: 0\r\n\r\n')?.headers.get('location'),
    ).toBe('http://x/');
  });

  test('without content has no body to wait for', () => {
    expect(read('HTTP/1.1 204 No Content\r\n\r\n', 100, false)).toMatchObject({ status: 204, body: '' });
  });

  test('is not whole before its end', () => {
    expect(read(`${ok}Content-Length: 6\r\n\r\nhello`, 100, false)).toBeUndefined();
  });

  test.each([
    { name: 'that breaks off', text: `${ok}Content-Length: 6\r\n\r\nhello`, message: 'the answer breaks off' },
    { name: 'that never comes', text: '', message: 'no answer' },
    {
      name: 'of another protocol',
      text: 'SSH-2.0-OpenSSH_9.2\r\n\r\n',
      message: 'expected an answer of HTTP/1.1, found something else',
    },
    { name: 'whose length is no number', text: `${ok}Content-Length: -1\r\n\r\n`, message: /^expected a number/ },
    {
      name: 'in a coding of its own',
      text: `${ok}Transfer-Encoding: gzip\r\n\r\n`,
      message: /^expected a body as it is/,
    },
    {
      name: 'with a chunk without a size',
      text: `${ok}Transfer-Encoding: chunked\r\n\r\nxyz\r\n`,
      message: /^expected the size of a chunk/,
    },
    {
      name: 'that says it is too long',
      text: `${ok}Content-Length: ${longestBody + 1}\r\n\r\n`,
      message: /^expected at most \d+ bytes/,
    },
    {
      name: 'with a chunk that is too long',
      text: `${ok}Transfer-Encoding: chunked\r\n\r\nffffffff\r\n`,
      message: /^expected at most \d+ bytes/,
    },
    {
      name: 'with a head that does not end',
      text: ok + 'X: y\r\n'.repeat(4000),
      message: /^expected a head of at most/,
    },
    {
      name: 'with a line that does not end',
      text: `${ok}Transfer-Encoding: chunked\r\n\r\n${'0'.repeat(2000)}`,
      message: /^expected a line/,
    },
  ])('$name is an error', ({ text, message }) => {
    expect(() => read(text)).toThrow(message);
  });

  test('that goes on and on is given up', () => {
    const reader = new ReplyReader();
    reader.push(bytes(`${ok}\r\n`));
    const megabyte = new Uint8Array(1024 * 1024);
    expect(() => {
      for (let times = 0; times < 5; times += 1) reader.push(megabyte);
    }).toThrow(/^expected at most \d+ bytes/);
  });
});
