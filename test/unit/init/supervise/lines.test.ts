// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { createLineBuffer } from '../../../../init/supervise/lines.ts';
import { FakeSys } from '../../../support/fake-sys.ts';

function setUp(longest = 100) {
  const given: string[] = [];
  const buffer = createLineBuffer(new FakeSys().sys, longest, (text) => given.push(text));
  return { given, buffer, add: (text: string) => buffer.add(new TextEncoder().encode(text)) };
}

describe('the line buffer', () => {
  test('gives whole lines together and keeps one that has begun', () => {
    const { given, add, buffer } = setUp();
    add('one\ntwo\nthr');
    add('ee\n');
    add('four');
    buffer.end();
    buffer.end();
    expect(given).toEqual(['one\ntwo', 'three', 'four']);
  });

  test('does not cut a character that came in two parts', () => {
    const { given, buffer } = setUp();
    const bytes = new TextEncoder().encode('añb\n');
    buffer.add(bytes.subarray(0, 2));
    buffer.add(bytes.subarray(2));
    expect(given).toEqual(['añb']);
  });

  test('gives a line that is too long in parts', () => {
    const { given, add } = setUp(4);
    add('123456789');
    add('0\nab\n');
    expect(given).toEqual(['1234', '5678', '90\nab']);
  });

  test('forgets a line that has begun', () => {
    const { given, add, buffer } = setUp();
    add('half');
    buffer.clear();
    add('whole\n');
    expect(given).toEqual(['whole']);
  });
});
