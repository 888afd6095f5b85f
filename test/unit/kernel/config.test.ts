// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { configValue, isEnabled, parseConfigLine, parseKernelConfig } from '../../../src/kernel/config.ts';

describe("a kernel's configuration", () => {
  const text = [
    '#',
    '# Linux/x86 6.12.118 Kernel Configuration',
    '#',
    'CONFIG_CC_VERSION_TEXT="gcc (Debian 12.2.0-14) \\"12\\""',
    'CONFIG_SMP=y',
    'CONFIG_VETH=m',
    '# CONFIG_XEN is not set',
    'CONFIG_NR_CPUS=64',
    'CONFIG_PHYSICAL_START=0x1000000',
    'CONFIG_KVM=n',
    '',
  ].join('\n');

  test('is read with its strings and numbers as they are written', () => {
    expect([...parseKernelConfig(text)]).toEqual([
      ['CONFIG_CC_VERSION_TEXT', '"gcc (Debian 12.2.0-14) \\"12\\""'],
      ['CONFIG_SMP', 'y'],
      ['CONFIG_VETH', 'm'],
      ['CONFIG_XEN', 'n'],
      ['CONFIG_NR_CPUS', '64'],
      ['CONFIG_PHYSICAL_START', '0x1000000'],
      ['CONFIG_KVM', 'n'],
    ]);
  });

  test('has the last of several lines about one option', () => {
    expect(configValue(parseKernelConfig('CONFIG_A=y\n# CONFIG_A is not set\n'), 'CONFIG_A')).toBe('n');
  });

  test('has "n" for what it does not name, and takes modules for enabled', () => {
    const config = parseKernelConfig(text);
    expect(configValue(config, 'CONFIG_NOWHERE')).toBe('n');
    expect(
      ['CONFIG_SMP', 'CONFIG_VETH', 'CONFIG_XEN', 'CONFIG_NR_CPUS'].map((name) => isEnabled(config, name)),
    ).toEqual([true, true, false, false]);
  });

  test.each(['CONFIG_SMP=yes', 'SMP=y', 'CONFIG_SMP', 'CONFIG_NAME="open'])('has no line such as %j', (line) => {
    expect(parseConfigLine(line)).toBeNull();
  });
});
