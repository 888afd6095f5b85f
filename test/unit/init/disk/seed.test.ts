// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { seedsDir } from '../../../../init/contract/paths.ts';
import { readSuperblock, superblockOffset } from '../../../../init/disk/ext4.ts';
import { plant } from '../../../../init/disk/seed.ts';
import type { Sys } from '../../../../init/sys.ts';
import { makeExt4Seed } from '../../../../src/assemble/ext4-seed.ts';
import { testContext } from '../../../support/build-context.ts';
import { MemoryDisk } from '../../../support/memory-disk.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const mebibyte = 1024 ** 2;

/** The system calls that read a seed, of which the folder is elsewhere. */
function readingSys(folder: string): Sys {
  const calls: Pick<Sys, 'openat' | 'pread' | 'close' | 'decodeUtf8'> = {
    openat: (_fd, path) => openSync(path.replace(seedsDir, folder), 'r'),
    pread: (fd, buffer, offset) => readSync(fd, buffer, 0, buffer.length, offset),
    close: (fd) => closeSync(fd),
    decodeUtf8: (bytes) => Buffer.from(bytes).toString(),
  };
  return calls as Sys;
}

/** A partition with a file system, of a disk that was full of something else. */
async function planted(folder: string, size: number, label: string): Promise<Buffer> {
  writeFileSync(join(folder, 'seed'), await makeExt4Seed(size, testContext(folder)));
  const disk = new MemoryDisk(Buffer.alloc((size + 3) * mebibyte, randomBytes(65_537)));
  const plan = { label, type: '', least: 0, grow: false, filesystem: 'ext4', seed: 'seed' } as const;
  const placement = { plan, number: 1, start: mebibyte, size: (size + 2) * mebibyte, isNew: true };
  plant(readingSys(folder), disk, placement, () => randomBytes(16));
  disk.flush();
  return disk.medium.subarray(mebibyte);
}

function check(file: string, partition: Buffer): { said: string; facts: string } {
  writeFileSync(file, partition);
  return {
    said: execFileSync('e2fsck', ['-f', '-n', file], { encoding: 'utf8', stdio: 'pipe' }),
    facts: execFileSync('dumpe2fs', ['-h', file], { encoding: 'utf8', stdio: 'pipe' }),
  };
}

describe('a new file system', () => {
  test.each([16, 40, 128])('of %i MiB is right for e2fsck on a partition where something else was', async (size) => {
    using folder = temporaryFolder();
    const partition = await planted(folder.path, size, 'data-of-the-first-kind');
    const { said, facts } = check(join(folder.path, 'partition'), partition);
    expect(said).toMatch(/11\/8192 files .* blocks/);
    expect(facts).toMatch(/volume name: +data-of-the-firs\n/);
    expect(facts).toMatch(/Errors behavior: +Remount read-only/);
    expect(readSuperblock(partition.subarray(superblockOffset))).toEqual({
      blockSize: 4096,
      blocks: (size * mebibyte) / 4096,
      hasErrors: false,
    });
  });

  test('has an UUID and a hash seed of its own on each machine, of bytes that are the same in each build', async () => {
    using folder = temporaryFolder();
    const seeds = await Promise.all([1, 2].map(() => makeExt4Seed(16, testContext(folder.path))));
    expect(Buffer.compare(seeds[0] ?? Buffer.of(), seeds[1] ?? Buffer.of())).toBe(0);
    const facts: string[] = [];
    for (const name of ['one', 'other'])
      facts.push(check(join(folder.path, name), await planted(folder.path, 16, 'data')).facts);
    const [ids, others] = facts.map((text) =>
      [...text.matchAll(/(?:UUID|Hash Seed): +([0-9a-f]{8}-[0-9a-f]{4}-4\S+)/g)].map((match) => match[1]),
    );
    expect(ids).toHaveLength(2);
    expect(new Set([...(ids ?? []), ...(others ?? [])]).size).toBe(4);
  });

  test('that does not fit is refused before anything is written', async () => {
    using folder = temporaryFolder();
    writeFileSync(join(folder.path, 'seed'), await makeExt4Seed(16, testContext(folder.path)));
    const disk = new MemoryDisk(Buffer.alloc(8 * mebibyte));
    const plan = { label: 'a', type: '', least: 0, grow: false, filesystem: 'ext4', seed: 'seed' } as const;
    const placement = { plan, number: 1, start: mebibyte, size: 7 * mebibyte, isNew: true };
    expect(() => plant(readingSys(folder.path), disk, placement, () => randomBytes(16))).toThrow(
      'expected 16777216 bytes for a file system, found 7340032',
    );
  });
});
