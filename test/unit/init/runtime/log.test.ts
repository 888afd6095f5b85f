// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { formatRecord, withErrnoWords } from '../../../../init/runtime/log.ts';

const now = Date.UTC(2026, 0, 2, 3, 4, 5, 678) * 1e6;

test('a record has the shape that callers of runc parse', () => {
  expect(formatRecord('json', 'error', 'no "x"\n', now)).toBe(
    '{"level":"error","msg":"no \\"x\\"\\n","time":"2026-01-02T03:04:05Z"}\n',
  );
  expect(formatRecord('text', 'warning', 'no "x"', now)).toBe(
    'time="2026-01-02T03:04:05Z" level=warning msg="no \\"x\\""\n',
  );
});

test.each([
  ['open /x: ENOENT', 'open /x: ENOENT (no such file or directory)'],
  ['exec "/x": EACCES', 'exec "/x": EACCES (permission denied)'],
  ['mount: EPERM', 'mount: EPERM (operation not permitted)'],
  ['ENOENT', 'ENOENT (no such file or directory)'],
  ['mount: EFOO', 'mount: EFOO'],
  ['ENOENT: then more', 'ENOENT: then more'],
  ['anENOENT', 'anENOENT'],
])('%s gets the words of its errno', (message, expected) => {
  expect(withErrnoWords(message)).toBe(expected);
});
