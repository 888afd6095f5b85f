// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { parseKernelConfig } from '../../../src/kernel/config.ts';
import { formatHardening, hardeningReport } from '../../../src/kernel/hardening.ts';
import { renderLine } from '../../../src/styled-line.ts';

const statusOf = (text: string, option: string, architecture = 'amd64'): string | undefined =>
  hardeningReport(parseKernelConfig(text), architecture)
    .groups.flatMap(({ results }) => results)
    .find((result) => result.option === option)?.status;

describe('the recommended hardening', () => {
  test.each([
    ['CONFIG_VMAP_STACK=y', 'CONFIG_VMAP_STACK', 'followed'],
    ['# CONFIG_VMAP_STACK is not set', 'CONFIG_VMAP_STACK', 'not-followed'],
    ['', 'CONFIG_VMAP_STACK', 'not-followed'],
    ['', 'CONFIG_KEXEC', 'followed'],
    ['CONFIG_KEXEC=y', 'CONFIG_KEXEC', 'not-followed'],
    ['CONFIG_BINFMT_MISC=m', 'CONFIG_BINFMT_MISC', 'not-followed'],
  ])('of %j has %s %s', (text, option, status) => {
    expect(statusOf(text, option)).toBe(status);
  });

  test('takes a number from its least value on', () => {
    expect(statusOf('CONFIG_DEFAULT_MMAP_MIN_ADDR=65536', 'CONFIG_DEFAULT_MMAP_MIN_ADDR')).toBe('followed');
    expect(statusOf('CONFIG_DEFAULT_MMAP_MIN_ADDR=4096', 'CONFIG_DEFAULT_MMAP_MIN_ADDR')).toBe('not-followed');
    expect(statusOf('', 'CONFIG_DEFAULT_MMAP_MIN_ADDR')).toBe('not-followed');
  });

  test('asks nothing of modules from a kernel that has none', () => {
    expect(statusOf('', 'CONFIG_MODULE_SIG')).toBe('absent');
    expect(statusOf('CONFIG_MODULES=y', 'CONFIG_MODULE_SIG')).toBe('not-followed');
  });

  test('knows which architecture has which option', () => {
    expect(statusOf('', 'CONFIG_X86_KERNEL_IBT', 'arm64')).toBe('absent');
    expect(statusOf('', 'CONFIG_ARM64_BTI_KERNEL', 'arm64')).toBe('not-followed');
  });

  test('takes the name that an option had in earlier kernels', () => {
    expect(statusOf('CONFIG_RETPOLINE=y', 'CONFIG_MITIGATION_RETPOLINE')).toBe('followed');
  });

  test('is shown by group with what is found, and counted', () => {
    const report = hardeningReport(parseKernelConfig('CONFIG_KEXEC=y\n'), 'amd64');
    const lines = formatHardening(report).map((line) => renderLine(line, false));
    expect(lines).toContain('  CONFIG_KEXEC: expected n, found y  root cannot replace the running kernel');
    expect(lines.at(-1)).toBe(`${report.followed} of ${report.followed + report.notFollowed} recommendations followed`);
    const total = report.groups.flatMap(({ results }) => results).filter(({ status }) => status !== 'absent').length;
    expect(report.followed + report.notFollowed).toBe(total);
  });
});
