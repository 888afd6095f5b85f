// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, it } from 'vitest';
import { crc32c } from '../../../src/archive/crc32c.ts';

it('is what RFC 3720 has in appendix B.4', () => {
  expect(crc32c(Buffer.alloc(32))).toBe(0x8a91_36aa);
  expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8_ab43);
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, index) => index))).toBe(0x46dd_794e);
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe306_9283);
});
