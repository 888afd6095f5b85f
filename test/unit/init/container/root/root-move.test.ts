// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { wholeFilesystems } from '../../../../../init/container/root/root-move.ts';

test('whole proc and sys file systems are found wherever they are, parts of them and others are not', () => {
  const mountinfo = [
    '22 27 0:21 / /proc rw,relatime shared:5 - proc proc rw',
    '23 27 0:22 / /sys rw,relatime - sysfs sysfs rw',
    '24 22 0:21 /sys /proc/sys ro - proc proc rw',
    '25 27 0:23 / /tmp rw shared:1 master:2 - tmpfs proc rw',
    String.raw`26 27 0:21 / /a\040b\134c ro - proc proc rw`,
    '',
  ].join('\n');
  expect(wholeFilesystems(mountinfo)).toEqual(['/proc', '/sys', String.raw`/a b\c`]);
});
