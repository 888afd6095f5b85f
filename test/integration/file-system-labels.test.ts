// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, readSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { linuxStartsOfMbr } from '../../init/program/mbr.ts';
import { contentOf } from '../../init/program/superblock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Reads a file as the programs read a device. */
function reader(path: string): (offset: number, length: number) => Uint8Array {
  return (offset, length) => {
    const fd = openSync(path, 'r');
    const bytes = new Uint8Array(length);
    const count = readSync(fd, bytes, 0, length, offset);
    closeSync(fd);
    return bytes.subarray(0, count);
  };
}

function patch(path: string, offset: number, text: string | Buffer): void {
  const fd = openSync(path, 'r+');
  writeSync(fd, Buffer.from(text), 0, Buffer.from(text).length, offset);
  closeSync(fd);
}

const run = (command: string, ...args: readonly string[]): string =>
  execFileSync(command, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, MTOOLS_SKIP_CHECK: '1' },
  });

describe('the label of FAT', () => {
  test.each([
    { bits: '12', size: 4, boot: 43 },
    { bits: '16', size: 20, boot: 43 },
    { bits: '32', size: 40, boot: 71 },
  ])('is that of the root folder, as blkid has it: FAT$bits', ({ bits, size, boot }) => {
    using folder = temporaryFolder();
    const image = join(folder.path, 'image');
    writeFileSync(image, '');
    truncateSync(image, size * 1024 ** 2);
    run('mkfs.vfat', '-F', bits, '-n', 'OLD', image);
    const label = (): string => Buffer.from(contentOf(reader(image), size * 1024 ** 2)?.label ?? []).toString('latin1');
    const blkid = (): string => run('blkid', '-p', '-o', 'value', '-s', 'LABEL', image).trim();
    expect([label(), blkid()]).toEqual(['OLD', 'OLD']);
    // Names of files come before it, and more of them than a sector or a cluster has.
    for (let at = 0; at < 40; at += 1) run('mmd', '-i', image, `::/a folder with a long name ${at}`);
    run('mlabel', '-i', image, '::NEW DATA');
    patch(image, boot, 'BOOT SECTOR');
    expect([label(), blkid()]).toEqual(['NEW DATA', 'NEW DATA']);
    run('mlabel', '-c', '-i', image, '::');
    patch(image, boot, 'BOOT SECTOR');
    expect(label()).toBe('BOOT SECTOR');
    patch(image, boot, 'NO NAME    ');
    expect([label(), contentOf(reader(image), size * 1024 ** 2)?.type]).toEqual(['', 'vfat']);
  });
});

describe('Linux partitions of an MBR', () => {
  const size = 64 * 1024 ** 2;
  const script = 'label: dos\n2048,8192,83\n,,5\n,4096,83\n,4096,82\n,8192,83\n,4096,L\n';

  function disk(folder: string, sfdisk = script): string {
    const path = join(folder, 'disk');
    writeFileSync(path, '');
    truncateSync(path, size);
    execFileSync('sfdisk', ['--quiet', path], { input: sfdisk });
    return path;
  }
  interface Table {
    readonly partitiontable: { readonly partitions: readonly { readonly start: number; readonly type: string }[] };
  }
  const judged = (path: string): Table['partitiontable']['partitions'] =>
    (JSON.parse(run('sfdisk', '--json', path)) as Table).partitiontable.partitions;
  const sectors = (path: string): number[] => linuxStartsOfMbr(reader(path), 512).map((start) => start / 512);

  test('are those of the table and the logical ones, as sfdisk lists them', () => {
    using folder = temporaryFolder();
    const path = disk(folder.path);
    const expected = judged(path).filter(({ type }) => type === '83');
    expect(expected).toHaveLength(4);
    expect(sectors(path)).toEqual(expected.map(({ start }) => start));
  });

  test.each([
    { name: 'comes back to itself', link: 0 },
    { name: 'leads to no table', link: 4096 * 10 + 7 },
    { name: 'leads out of the disk', link: 0xffff_0000 },
  ])('do not come from a chain that $name', ({ link }) => {
    using folder = temporaryFolder();
    const path = disk(folder.path);
    const [first, extended] = judged(path);
    const bytes = readFileSync(path);
    const table = (extended?.start ?? 0) * 512;
    // The second entry of the first table of the chain; one that leads to the start of the extended partition has to be told from none.
    let at = table;
    if (link === 0) at = ((extended?.start ?? 0) + bytes.readUInt32LE(table + 462 + 8)) * 512;
    const entry = Buffer.from(bytes.subarray(at + 462, at + 478));
    entry.writeUInt32LE(link === 0 ? (at - table) / 512 : link, 8);
    patch(path, at + 462, entry);
    expect(sectors(path)).toEqual([first?.start]);
  });
});
