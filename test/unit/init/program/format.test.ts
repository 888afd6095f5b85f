// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { format } from '../../../../init/program/format.ts';
import { runProgram } from '../../../../init/program/run.ts';
import type { Sys } from '../../../../init/sys.ts';
import { type FakeDisk, withDisks } from '../../../support/fake-disks.ts';
import { FakeSys, FakeSysError } from '../../../support/fake-sys.ts';

const mebibyte = 1024 ** 2;
const sectors = (bytes: number): number => bytes / 512;

interface Part {
  readonly start?: number;
  readonly type?: number;
  readonly label?: string;
  readonly isEncrypted?: true;
}

/** A disk of 16 MiB with an MBR and these partitions, each with an ext4 unless encrypted. */
function disk(parts: readonly Part[], id = 1): Buffer {
  const content = Buffer.alloc(16 * mebibyte);
  for (const [at, { start = mebibyte, type = 0x83, label = '', isEncrypted }] of parts.entries()) {
    const entry = 446 + at * 16;
    content[entry + 4] = type;
    content.writeUInt32LE(sectors(start), entry + 8);
    content.writeUInt32LE(sectors(4 * mebibyte), entry + 12);
    if (isEncrypted) content.write('LUKS\xba\xbe\0\x01', start, 'latin1');
    else {
      content.writeUInt16LE(0xef53, start + 1024 + 0x38);
      // Extents, which ext3 has not.
      content.writeUInt32LE(0x40, start + 1024 + 0x60);
      content.write(label, start + 1024 + 0x78, 'latin1');
    }
  }
  content.writeUInt32LE(id, 440);
  content.writeUInt16LE(0xaa55, 510);
  return content;
}
const blank = Buffer.alloc(16 * mebibyte);
/** The identifier of a disk whose file system is not whole. */
const unfinished = disk([{}], 0x666d7421);

/** What the program says of a machine with these disks, none of which lets itself be written to. */
function formatOn(contents: readonly Buffer[], ...words: readonly string[]): string {
  const fake = new FakeSys();
  const disks: Record<string, FakeDisk> = {};
  for (const [at, content] of contents.entries()) {
    const name = `vd${'abc'[at]}`;
    const starts = [446, 462, 478].flatMap((entry) =>
      content[entry + 4] === 0 ? [] : content.readUInt32LE(entry + 8),
    );
    const parts = starts.map((start, index) => [`${index + 1}`, { start, size: sectors(4 * mebibyte) }] as const);
    disks[name] = { content, number: `254:${at * 16}`, partitions: Object.fromEntries(parts) };
    for (const file of [`/dev/${name}`, ...parts.map(([index]) => `/dev/${name}${index}`)]) fake.files.set(file, '');
    fake.files.set(`/sys/block/${name}/ro`, '0\n');
    fake.files.set(`/sys/block/${name}/queue/logical_block_size`, '512\n');
    fake.files.set(`/sys/class/block/${name}/size`, `${content.length / 512}\n`);
    for (const [index] of parts) fake.files.set(`/sys/class/block/${name}${index}/size`, '8192\n');
  }
  const { sys } = withDisks(fake, disks);
  const own: Partial<Sys> = {
    argv: ['format', ...words],
    environ: () => ['DISK_TIMEOUT=0'],
    openat: (dirfd, path, flags, mode) => {
      if ((flags & 0o200) !== 0 && path.startsWith('/dev/vd')) throw new FakeSysError('openat', path, 'EBUSY');
      return sys.openat(dirfd, path, flags, mode);
    },
  };
  runProgram(new Proxy(sys, { get: (target, name: keyof Sys) => own[name] ?? target[name] }), format);
  return `${fake.files.get('/dev/stdout') ?? ''}${fake.files.get('/dev/stderr') ?? ''}`.split('\n')[0] ?? '';
}

const takes = (node: string): string => `format: partitioning ${node}: openat ${node}: EBUSY`;
const keeps = (node: string, content = 'ext4'): string =>
  `format: kept ${node}, whose one partition has ${content} and no label on it`;

describe('format without a device or a label', () => {
  test.each([
    { name: 'the first of two blank disks', disks: [blank, blank], says: takes('/dev/vda') },
    { name: 'the one that power cut off, before a blank one', disks: [blank, unfinished], says: takes('/dev/vdb') },
    {
      name: 'one that power cut off before its file system was made',
      disks: [Buffer.from(unfinished).fill(0, mebibyte)],
      says: takes('/dev/vda'),
    },
    { name: 'none once it has made one', disks: [disk([{}]), blank], says: keeps('/dev/vda') },
    {
      name: 'none once it has made one, whatever its name is now',
      disks: [blank, disk([{}])],
      says: keeps('/dev/vdb'),
    },
    {
      name: 'none when the one that it made was encrypted since then',
      disks: [blank, disk([{ isEncrypted: true }])],
      says: keeps('/dev/vdb', 'crypto_LUKS'),
    },
    { name: 'another when that has a label', disks: [disk([{ label: 'DATA' }]), blank], says: takes('/dev/vdb') },
    { name: 'another when that is swap space', disks: [disk([{ type: 0x82 }]), blank], says: takes('/dev/vdb') },
    {
      name: 'another beside a disk with two',
      disks: [disk([{}, { start: 8 * mebibyte }]), blank],
      says: takes('/dev/vdb'),
    },
    { name: 'another of another type', words: ['-type', 'xfs'], disks: [disk([{}]), blank], says: takes('/dev/vdb') },
    {
      name: 'another in another table',
      words: ['-partition=gpt'],
      disks: [disk([{}]), blank],
      says: takes('/dev/vdb'),
    },
  ])('takes $name', ({ disks, says, words = [] }) => expect(formatOn(disks, ...words)).toBe(says));
});

test('format with a label keeps the disk that has it, wherever it is', () => {
  const disks = [blank, disk([{ label: 'DATA' }])];
  expect(formatOn(disks, '-label', 'DATA')).toBe('format: kept /dev/vdb1, which has the label "DATA"');
  expect(formatOn(disks, '-label', 'OTHER')).toBe(takes('/dev/vda'));
});
