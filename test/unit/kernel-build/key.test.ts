// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type KernelRequest, keyOf } from '../../../src/kernel-build/build-kernel.ts';
import { mergeFragments } from '../../../src/kernel-build/fragments.ts';
import { namedFiles } from '../../../src/kernel-build/named-files.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const options = (text: string): KernelRequest['options'] =>
  mergeFragments([{ name: 'a.config', text }], { series: '6.12', architecture: 'amd64' });

const request: KernelRequest = {
  series: '6.12',
  source: { name: 'linux-source-6.12', version: '6.12.1-1', architecture: 'all', sha256: 'a'.repeat(64), size: 1 },
  options: options('CONFIG_A=y\nCONFIG_B=m\n'),
  platform: { os: 'linux', architecture: 'amd64' },
};
const toolchain = { compiler: 'gcc 12.2.0', linker: 'ld 2.40', others: ['zstd 1.5.4'] };
const key = keyOf(request, toolchain, 0);

describe('the hash that a kernel is cached by', () => {
  test.each<[string, string]>([
    ['another source', keyOf({ ...request, source: { ...request.source, sha256: 'b'.repeat(64) } }, toolchain, 0)],
    ['another option', keyOf({ ...request, options: options('CONFIG_A=y\nCONFIG_B=y\n') }, toolchain, 0)],
    ['another compiler', keyOf(request, { ...toolchain, compiler: 'gcc 14.2.0' }, 0)],
    ['another linker', keyOf(request, { ...toolchain, linker: 'ld 2.44' }, 0)],
    ['another packer', keyOf(request, { ...toolchain, others: ['zstd 1.5.7'] }, 0)],
    ['another architecture', keyOf({ ...request, platform: { os: 'linux', architecture: 'arm64' } }, toolchain, 0)],
    ['another time stamp', keyOf(request, toolchain, 1)],
  ])('is another one for %s', (_, other) => {
    expect(other).not.toBe(key);
  });

  test('is the same for what decides on nothing: comments, jobs, and where a line stands', () => {
    const same = { ...request, options: options('# why\n\nCONFIG_A=y\nCONFIG_B=m\n'), jobs: 7 };
    expect(keyOf(same, toolchain, 0)).toBe(key);
  });

  test('is another one for other content of the file that an option names', async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, 'key.pem');
    const named = options(`CONFIG_INITRAMFS_SOURCE="${file}"\nCONFIG_LSM="yama"\nCONFIG_SYSTEM_TRUSTED_KEYS="/none"\n`);
    const keyWith = async (text: string): Promise<string> => {
      writeFileSync(file, text);
      return keyOf({ ...request, options: named }, toolchain, 0, await namedFiles(named));
    };
    const first = await keyWith('first');
    expect(await keyWith('second')).not.toBe(first);
    expect(await keyWith('first')).toBe(first);
    expect(await namedFiles(request.options)).toEqual([]);
  });
});
