// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { parseUserData } from '../../../../init/metadata/user-data.ts';

const shown = (text: string) =>
  parseUserData(text)?.entries.map((entry) => [
    entry.path.join('/'),
    entry.mode.toString(8),
    ...(entry.kind === 'file' ? [entry.text] : []),
  ]);

describe('user data', () => {
  test("becomes LinuxKit's files and folders, with its modes", () => {
    const text = JSON.stringify({
      ssh: { entries: { sshd_config: { perm: '0600', content: 'PermitRootLogin yes\n' } } },
      foo: { perm: '0700', entries: { bar: { content: 'foobar' }, empty: { content: '' }, none: { entries: {} } } },
      hostname: { content: 'box' },
    });
    expect(shown(text)).toEqual([
      ['ssh', '755'],
      ['ssh/sshd_config', '600', 'PermitRootLogin yes\n'],
      ['foo', '700'],
      ['foo/bar', '644', 'foobar'],
      ['foo/empty', '644', ''],
      ['foo/none', '755'],
      ['hostname', '644', 'box'],
    ]);
    expect(parseUserData(text)?.problems).toEqual([]);
  });

  test.each(['#cloud-config\nusers: []\n', '#!/bin/sh\necho', '', '["a"]', '{"a": ', '"text"'])(
    'of another form is left alone: %j',
    (text) => expect(parseUserData(text)).toBeUndefined(),
  );

  test.each(['..', '../etc/passwd', '/etc/passwd', 'a/../../b', '.', '', 'a//b', 'a\0b', 'a/', 'x'.repeat(256)])(
    'that leads out of its folder is not followed: %j',
    (name) => {
      const parsed = parseUserData(JSON.stringify({ [name]: { content: 's3cret' }, good: { content: 'x' } }));
      expect(parsed?.entries.map(({ path }) => path)).toEqual([['good']]);
      expect(parsed?.problems).toEqual([
        expect.stringContaining('expected a name of a file, found one that leads elsewhere'),
      ]);
      expect(parsed?.problems.join()).not.toContain('s3cret');
    },
  );

  test.each([
    { entry: { content: 's3cret', entries: {} }, message: 'expected either "content" or "entries"' },
    { entry: {}, message: 'expected either "content" or "entries"' },
    { entry: 's3cret', message: 'expected either "content" or "entries"' },
    { entry: { content: { a: 's3cret' } }, message: 'expected text as "content", or an object as "entries"' },
    { entry: { entries: ['s3cret'] }, message: 'expected text as "content", or an object as "entries"' },
    { entry: { content: 's3cret', perm: '4755' }, message: 'expected an octal number as "perm", such as "0600"' },
    { entry: { content: 's3cret', perm: 384 }, message: 'expected an octal number as "perm", such as "0600"' },
  ])('of a wrong form is named, and not shown: $message', ({ entry, message }) => {
    expect(parseUserData(JSON.stringify({ a: { entries: { b: entry } } }))?.problems).toEqual([
      `user data: "a/b": ${message}`,
    ]);
  });

  test('has bounds of number and depth', () => {
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`f${at}`, { content: '' }]));
    expect(parseUserData(JSON.stringify(many))?.entries.length).toBe(4096);
    let deep: object = { content: '' };
    for (let level = 0; level < 33; level += 1) deep = { entries: { d: deep } };
    expect(parseUserData(JSON.stringify({ d: deep }))?.problems[0]).toMatch(/32 folders deep, found more$/);
  });
});
