// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findArtifact } from '../../../src/qemu/artifact.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder[Symbol.dispose]());

const uuid = '00112233-4455-6677-8899-aabbccddeeff';
const names = ['erofs', 'squashfs', 'iso'] as const;

/** A folder in which all formats of a kernel with a root on a disk were built; the command line is the last one's. */
function os(cmdline: string, roots: readonly (typeof names)[number][] = names): string {
  const write = (suffix: string, content = ''): void => writeFileSync(join(folder.path, `os${suffix}`), content);
  write('-kernel');
  write('-cmdline', cmdline);
  for (const name of roots) {
    write(name === 'iso' ? '.iso' : `-${name}.img`);
    write(`-${name}-initrd.img`);
  }
  return join(folder.path, 'os');
}

describe('a kernel beside several roots', () => {
  it.each([`tskit.root=PARTUUID=${uuid},UUID=${uuid} quiet`, 'dm-mod.create="root,,,ro,0 8 linear"'])(
    'gets the one that its command line is for: %s',
    async (cmdline) => {
      const base = os(cmdline);
      expect(await findArtifact(base)).toMatchObject({ root: `${base}-erofs.img`, initrd: `${base}-erofs-initrd.img` });
    },
  );

  it('gets the one of a whole disk that is there', async () => {
    const base = os(`tskit.root=UUID=${uuid}`, ['erofs', 'squashfs']);
    expect(await findArtifact(base)).toMatchObject({
      root: `${base}-squashfs.img`,
      initrd: `${base}-squashfs-initrd.img`,
    });
  });

  it('wants one of two named', async () => {
    const base = os(`tskit.root=UUID=${uuid}`);
    await expect(findArtifact(base)).rejects.toThrow(
      `expected one root beside the kernel, found "${base}-squashfs.img", "${base}.iso"`,
    );
    expect(await findArtifact(`${base}-squashfs.img`)).toMatchObject({ root: `${base}-squashfs.img` });
  });
});
