// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { compileSeccomp } from '../../../seccomp/compile.ts';
import { decodeFilterFile, encodeFilterFile } from '../../../seccomp/filter-file.ts';

const filter = compileSeccomp({ defaultAction: 'SCMP_ACT_LOG' }, 'aarch64');
const source = new TextEncoder().encode('what it was made from');

test('a file gives back the filter and what it was made from', () => {
  expect(decodeFilterFile(encodeFilterFile({ source, filter }))).toEqual({ source, filter });
});

test('no file with a byte changed, cut or added gives another filter', () => {
  const bytes = encodeFilterFile({ source, filter });
  const places = [...bytes.keys()];
  const wrong = [
    ...places.map((at) => bytes.map((byte, index) => (index === at ? byte ^ 0x55 : byte))),
    ...places.map((length) => bytes.slice(0, length)),
    new Uint8Array([...bytes, 0]),
  ];
  const filters = wrong.flatMap((one) => decodeFilterFile(one)?.filter ?? []);
  // Those of which only the source was changed, which whoever reads the file compares.
  expect(filters).toEqual(Array.from({ length: source.length }, () => filter));
});
