// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { syslinuxConfig } from '../../../src/emit/bios/syslinux-config.ts';

const paths = { kernel: '/kernel', initrd: '/initrd.img' };
const config = (cmdline: string): readonly string[] => syslinuxConfig({ ...paths, cmdline }).split('\n');

describe('the configuration of Syslinux', () => {
  test('starts the one kernel at once, with the command line as it is', () => {
    expect(config('a="b c" d\\e \'f\'')).toEqual([
      'DEFAULT tskit',
      'PROMPT 0',
      'NOESCAPE 1',
      'LABEL tskit',
      '  LINUX /kernel',
      '  INITRD /initrd.img',
      '  APPEND a="b c" d\\e \'f\'',
      '',
    ]);
  });

  test.each([
    ['console=tty0 console=ttyS1,115200n8 quiet', 'SERIAL 1 115200'],
    ['console=ttyS0', 'SERIAL 0 9600'],
    ['console=ttyS0,38400 console=ttyS2', 'SERIAL 2 9600'],
  ])('speaks on the last serial console of "%s"', (cmdline, line) => {
    expect(config(cmdline)[0]).toBe(line);
  });

  test.each(['console=tty0', 'console=ttyAMA0', 'myconsole=ttyS0', ''])('speaks on none for "%s"', (cmdline) => {
    expect(config(cmdline)[0]).toBe('DEFAULT tskit');
  });

  test('is refused where the kernel would see a part of the command line', () => {
    const longest = 2047 - 'BOOT_IMAGE=/kernel  initrd=/initrd.img'.length;
    expect(config('x'.repeat(longest))).toContain(`  APPEND ${'x'.repeat(longest)}`);
    expect(() => config('x'.repeat(longest + 1))).toThrow(/expected at most 2047 bytes, found 2048/);
  });
});
