// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { builtFilter } from '../../../../../init/container/seccomp/seccomp-cache.ts';
import { S_IFIFO, S_IFREG } from '../../../../../init/linux.ts';
import type { Sys } from '../../../../../init/sys.ts';
import { compileSeccomp } from '../../../../../seccomp/compile.ts';
import { encodeFilterFile, filterCompiler, filterSource } from '../../../../../seccomp/filter-file.ts';

const filter = compileSeccomp({ defaultAction: 'SCMP_ACT_LOG' }, 'x86_64');
const file = encodeFilterFile({ source: new TextEncoder().encode(filterSource('{}', '1.2', 'x86_64')), filter });

/** One file. */
function sysWith(bytes: Uint8Array, { mode = S_IFREG | 0o644, uid = 0 } = {}): Sys {
  const calls = {
    openat: () => 3,
    statx: () => ({ mode, uid, size: bytes.length }),
    geteuid: () => 0,
    read: (_fd: number, into: Uint8Array) => (into.set(bytes), bytes.length),
    close: () => undefined,
    decodeUtf8: (text: Uint8Array) => new TextDecoder().decode(text),
  };
  return calls as unknown as Sys;
}

test('the filter that the build made is used by the version and machine it was made for', () => {
  expect(builtFilter(sysWith(file), '/seccomp.bpf', filterCompiler('1.2', 'x86_64'))).toEqual(filter);
});

test.each([filterCompiler('1.3', 'x86_64'), filterCompiler('1.2', 'aarch64'), filterCompiler('1', 'x86_64')])(
  'it is not by %j',
  (compiler) => {
    expect(builtFilter(sysWith(file), '/seccomp.bpf', compiler)).toBeUndefined();
  },
);

test.each([
  ['that others may write', { mode: S_IFREG | 0o666 }],
  ["of another user's", { uid: 1000 }],
  ['that is no file', { mode: S_IFIFO | 0o644 }],
])('nor is one %s', (_, stat) => {
  expect(builtFilter(sysWith(file, stat), '/seccomp.bpf', filterCompiler('1.2', 'x86_64'))).toBeUndefined();
});

test('nor is a file that is cut', () => {
  for (let length = 0; length < file.length; length += 1)
    expect(builtFilter(sysWith(file.slice(0, length)), '/f', filterCompiler('1.2', 'x86_64'))).toBeUndefined();
});
