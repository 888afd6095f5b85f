// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { splitParameters } from '../../../../../init/container/root/mount-filesystem.ts';

test.each([
  ['mode=755', ['mode=755']],
  ['size=1,,mode=755,noswap', ['size=1', 'mode=755', 'noswap']],
  ['context="system_u:object_r:t:s0:c1,c2",size=1', ['context=system_u:object_r:t:s0:c1,c2', 'size=1']],
  [String.raw`lowerdir=/a\,b:/c,index=off`, [String.raw`lowerdir=/a\,b:/c`, 'index=off']],
  ['', []],
])('the parameters in %j', (text, words) => {
  expect(splitParameters(text)).toEqual(words);
});
