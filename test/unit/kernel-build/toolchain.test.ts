// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { afterEach, describe, expect, test, vi } from 'vitest';
import { kernelArchitecture } from '../../../src/kernel-build/architecture.ts';
import { mergeFragments } from '../../../src/kernel-build/fragments.ts';
import { requireToolchain } from '../../../src/kernel-build/toolchain.ts';

const options = (text: string): ReturnType<typeof mergeFragments> =>
  mergeFragments([{ name: 'a.config', text }], { series: '6.12', architecture: 'amd64' });

afterEach(() => void vi.unstubAllEnvs());

describe('what a build needs of the machine', () => {
  const amd64 = kernelArchitecture({ os: 'linux', architecture: 'amd64' });

  test('and does not find is named all at once, with what installs it', async () => {
    vi.stubEnv('PATH', '/nonexistent');
    const failure = requireToolchain(amd64, options('CONFIG_DEBUG_INFO_BTF=y\n'));
    await expect(failure).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringMatching(/^building a kernel: expected "make", "gcc", .*"flex", .*"pahole".* found none$/),
      hint: expect.stringMatching(/^run `apt-get install make gcc binutils bc bison flex .*pahole/),
    });
  });

  test('is the compiler of the other architecture, too', async () => {
    vi.stubEnv('PATH', '/nonexistent');
    const other = kernelArchitecture({ os: 'linux', architecture: process.arch === 'arm64' ? 'amd64' : 'arm64' });
    await expect(requireToolchain(other, options('CONFIG_A=y\n'))).rejects.toThrow(`"${other.crossPrefix}gcc"`);
  });

  test('is known for two architectures', () => {
    expect(() => kernelArchitecture({ os: 'linux', architecture: 'riscv64' })).toThrow(
      'building a kernel: expected one of amd64, arm64, found "riscv64"',
    );
  });
});
