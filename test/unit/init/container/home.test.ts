// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { homeIn } from '../../../../init/container/home.ts';

const passwd = 'root:x:0:0:root:/root:/bin/sh\n\nbroken\nweb:x:33:33::/var/www:/bin/sh\nnone:x:5:5:::\n';

test.each([
  [0, '/root'],
  [33, '/var/www'],
  [5, undefined],
  [99, undefined],
])('the home of user %i is %s', (uid, home) => {
  expect(homeIn(passwd, uid)).toBe(home);
});
