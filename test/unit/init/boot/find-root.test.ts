// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crc32 } from '../../../../init/boot/gpt.ts';
import { searchRoot } from '../../../../init/boot/find-root.ts';
import { openRoot } from '../../../../init/boot/open-root.ts';
import type { RootRequest } from '../../../../init/boot/root-request.ts';
import { type FakeDisk, withDisks } from '../../../support/fake-disks.ts';
import { FakeSys } from '../../../support/fake-sys.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { makeVerifiedImage, type VerifiedImage } from '../../../support/verified-image.ts';

const partUuid = '00112233-4455-6677-8899-aabbccddeeff';
const start = 2048;
let folder: ReturnType<typeof temporaryFolder>;
let image: VerifiedImage;
/** With the image in its second partition. */
let disk: Buffer;

beforeAll(() => {
  folder = temporaryFolder();
  image = makeVerifiedImage(folder.path);
  const file = join(folder.path, 'disk');
  writeFileSync(file, '');
  truncateSync(file, 8 << 20);
  const sectors = image.bytes.length / 512;
  const arguments_ = ['--new', `2:${start}:${start + sectors - 1}`, '--partition-guid', `2:${partUuid}`];
  execFileSync('sgdisk', [...arguments_, file], { stdio: 'pipe' });
  disk = readFileSync(file);
  image.bytes.copy(disk, start * 512);
});
afterAll(() => folder[Symbol.dispose]());

const wholeDisk = (content: Buffer, more: Partial<FakeDisk> = {}): FakeDisk => ({ content, number: '254:0', ...more });
const search = (disks: Readonly<Record<string, FakeDisk>>, request: Partial<RootRequest>) =>
  searchRoot(withDisks(new FakeSys(), disks).sys, { waitSeconds: 1, ...request });

describe('the root', () => {
  it('is found by the GUID of its partition', () => {
    expect(search({ vda: wholeDisk(disk) }, { partUuid }).found).toMatchObject({
      disk: { name: 'vda' },
      offset: start * 512,
      size: image.bytes.length,
    });
  });

  it('is found by the UUID of its file system, on a whole disk and in a partition', () => {
    const { fsUuid } = image;
    expect(search({ sda: wholeDisk(image.bytes) }, { fsUuid }).found).toMatchObject({ offset: 0 });
    expect(search({ sr0: wholeDisk(disk) }, { fsUuid }).found).toMatchObject({ offset: start * 512 });
    const inMbr = wholeDisk(Buffer.concat([Buffer.alloc(1 << 20), image.bytes]), {
      partitions: { 1: { start: 2048, size: image.bytes.length / 512 } },
    });
    expect(search({ sda: inMbr }, { fsUuid }).found).toMatchObject({ offset: 1 << 20, size: image.bytes.length });
  });

  it('is the partition that was named, and not another copy of the file system', () => {
    const disks = { sda: wholeDisk(image.bytes), vda: wholeDisk(disk, { number: '8:0' }) };
    expect(search(disks, { partUuid, fsUuid: image.fsUuid }).found).toMatchObject({ disk: { name: 'vda' } });
  });

  it('that is not there is told with all disks that are, also with those that cannot be read', () => {
    const broken = wholeDisk(disk, { error: 'EIO' });
    const found = search({ sda: broken, sr0: wholeDisk(Buffer.alloc(0)), vda: wholeDisk(disk) }, { fsUuid: 'another' });
    expect(found).toEqual({
      seen: [expect.stringMatching(/^sda \(pread .*: EIO\)$/), `vda (8.0 MiB, partitions ${partUuid})`],
    });
  });
});

describe('a disk that says what cannot be', () => {
  /** Changes entries and a header of the first table, and makes it right again. */
  function hostile(change: (header: Buffer, entries: Buffer) => void): FakeDisk {
    const bytes = Buffer.from(disk);
    const [header, entries] = [bytes.subarray(512, 604), bytes.subarray(1024, 1024 + 128 * 128)];
    change(header, entries);
    header.writeUInt32LE(crc32(entries), 88);
    header.writeUInt32LE(0, 16);
    header.writeUInt32LE(crc32(header), 16);
    bytes.fill(0, bytes.length - 512);
    return wholeDisk(bytes);
  }
  const last = 0xffff_ffff_ffff_ffffn;

  it.each([
    ['partitions behind every disk', (_: Buffer, entries: Buffer) => entries.writeBigUInt64LE(last, 128 + 32)],
    ['a table behind every disk', (header: Buffer) => header.writeBigUInt64LE(last, 72)],
    ['a partition that ends before it begins', (_: Buffer, entries: Buffer) => entries.writeBigUInt64LE(1n, 128 + 40)],
  ])('about %s does not keep the root of another from being found', (_, change) => {
    const disks = { sda: hostile(change), vda: wholeDisk(disk, { number: '8:0' }) };
    expect(search(disks, { fsUuid: image.fsUuid }).found).toMatchObject({ disk: { name: expect.any(String) } });
    expect(search({ sda: disks.sda }, { fsUuid: 'another' }).seen).toEqual([
      expect.stringMatching(/^sda \(8\.0 MiB, /),
    ]);
  });

  it('about very many partitions is told in a line', () => {
    const many = hostile((_, entries) => {
      for (let at = 0; at < entries.length; at += 128) entries.subarray(128, 256).copy(entries, at);
    });
    const [text = ''] = search({ sda: many }, { fsUuid: 'another' }).seen;
    expect(text).toContain(' and 120 more)');
    expect(text.length).toBeLessThan(400);
  });
});

describe('opening the root', () => {
  const request = () => ({ rootHash: image.rootHash, action: 'panic' as const });
  const open = (disks: Readonly<Record<string, FakeDisk>>, isVerified: boolean) => {
    const machine = withDisks(new FakeSys(), disks);
    const { found } = searchRoot(machine.sys, { partUuid, fsUuid: image.fsUuid, waitSeconds: 1 });
    if (found === undefined) throw new Error('no root');
    const { node } = openRoot(machine.sys, found, isVerified ? request() : undefined);
    const tables = machine.ioctls.filter(({ request: number }) => (number & 0xff) === 9);
    return { node, tables: tables.map(({ bytes }) => tableText(bytes)) };
  };
  const partitioned = () => wholeDisk(disk, { partitions: { 2: { start, size: image.bytes.length / 512 } } });

  /** SECTORS TYPE PARAMETERS, as dmsetup shows a table. */
  function tableText(bytes: Buffer): string {
    const text = (offset: number): string => bytes.toString('latin1', offset).split('\0')[0] ?? '';
    return `${bytes.readBigUInt64LE(320)} ${text(336)} ${text(352)}`;
  }

  it('takes the node of the kernel where it is not verified', () => {
    expect(open({ vda: partitioned() }, false)).toEqual({ node: '/dev/vda2', tables: [] });
    expect(open({ sda: wholeDisk(image.bytes) }, false)).toEqual({ node: '/dev/sda', tables: [] });
  });

  it('gives dm-verity what veritysetup has written', () => {
    const blocks = image.fsSize / 4096;
    expect(open({ vda: partitioned() }, true)).toEqual({
      node: '/dev/dm-7',
      tables: [
        `${blocks * 8} verity 1 254:2 254:2 4096 4096 ${blocks} ${blocks + 1} sha256 ${image.rootHash} ${image.salt} 1 panic_on_corruption`,
      ],
    });
  });

  it('makes a device of the part of a disk where the kernel has no partition', () => {
    expect(open({ sr0: wholeDisk(disk) }, true).tables).toEqual([
      `${image.bytes.length / 512} linear 254:0 ${start}`,
      expect.stringContaining(' verity 1 252:7 252:7 4096 4096 '),
    ]);
  });

  function asSquashfs(bytes: Buffer): void {
    bytes.fill(0, 1024, 1028);
    bytes.write('hsqs', 0);
    bytes.writeBigUInt64LE(BigInt(image.fsSize), 40);
  }

  it.each([
    ['no file system', (bytes: Buffer) => bytes.fill(0, 1024, 1028), 'expected a file system for a root, found none'],
    ['another file system', asSquashfs, 'expected an EROFS file system to verify, found squashfs'],
    ['no hashes', (bytes: Buffer) => bytes.fill(0, image.fsSize), 'expected a dm-verity superblock behind'],
    ['another algorithm', (bytes: Buffer) => bytes.write('sha1\0\0', image.fsSize + 32), 'algorithm: expected sha256'],
    ['blocks of another size', (bytes: Buffer) => bytes.writeUInt32LE(512, image.fsSize + 64), 'data block size: exp'],
    ['hashes of less', (bytes: Buffer) => bytes.writeBigUInt64LE(9n, image.fsSize + 72), 'covers 9 blocks: expected'],
    ['a salt that is too long', (bytes: Buffer) => bytes.writeUInt16LE(257, image.fsSize + 80), 'a salt of 257 bytes'],
  ])('refuses %s', (_, change, message) => {
    const bytes = Buffer.from(disk);
    change(bytes.subarray(start * 512));
    expect(() => open({ vda: wholeDisk(bytes) }, true)).toThrow(message);
  });

  it('refuses a disk that was cut off, with how much there should be', () => {
    const cut = image.bytes.subarray(0, image.bytes.length - 4096);
    expect(() => open({ vda: wholeDisk(cut) }, true)).toThrow(
      `vda: expected ${image.bytes.length} bytes for the file system and its hashes, found ${cut.length}: it is cut off`,
    );
    const shorter = image.bytes.subarray(0, image.fsSize - 4096);
    expect(() => open({ vda: wholeDisk(shorter) }, false)).toThrow('for the file system, found');
  });
});
