// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type DiskImage, type DiskMap, DiskReader, type SparseChunk } from '../../src/archive/disk-image.ts';
import { encodeSparseTar } from '../../src/archive/gnu-sparse-tar.ts';
import { gzip } from '../../src/archive/gzip.ts';
import { encodeQcow2 } from '../../src/archive/qcow2.ts';
import { encodeDynamicVhd, encodeFixedVhd, vhdGeometry } from '../../src/archive/vhd.ts';
import { encodeVhdx } from '../../src/archive/vhdx.ts';
import { encodeVmdk } from '../../src/archive/vmdk.ts';
import { contentSize } from '../../src/file-tree.ts';
import { diskOf, mapOf, noise, qemuImg, writeChunks, writeRaw } from '../support/disk-images.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const epoch = 1_609_459_200;
const mib = 1 << 20;
const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());

interface Conversion {
  /** qemu-img's name of the format. */
  readonly format: string;
  readonly encode: (map: DiskMap) => Iterable<SparseChunk> | AsyncIterable<SparseChunk>;
  /** Whether qemu-img can check that one. */
  readonly checked: boolean;
  /** The smallest run of bytes that the file has or has not. */
  readonly unit: number;
}

const conversions: Readonly<Record<string, Conversion>> = {
  qcow2: { format: 'qcow2', encode: encodeQcow2, checked: true, unit: 65_536 },
  'fixed VHD': { format: 'vpc', encode: (map) => encodeFixedVhd(map, { epoch }), checked: false, unit: Infinity },
  'dynamic VHD': { format: 'vpc', encode: (map) => encodeDynamicVhd(map, { epoch }), checked: false, unit: 2 * mib },
  VHDX: { format: 'vhdx', encode: encodeVhdx, checked: true, unit: mib },
  VMDK: { format: 'vmdk', encode: encodeVmdk, checked: true, unit: 65_536 },
};
/** qemu-img reads zeros of a VHDX as slowly as anything else. */
const maxCompared = 1024 * mib;
/** Headers and tables of any of them, at most. */
const tables = 5 * mib;

/** Sizes and places at which one of the formats counts something anew. */
const disks: Readonly<Record<string, DiskImage>> = {
  'a disk without content': diskOf(4 * mib, {}),
  'a disk with something at both ends': diskOf(10 * mib, { 0: noise(512), [10 * mib - 512]: noise(512) }),
  'a disk that is no whole number of blocks or cylinders': diskOf(101 * mib + 512 * 3, {
    0: noise(70_000),
    [3 * mib - 100]: noise(200),
    [64 * mib]: noise(2 * mib + 1),
    [101 * mib]: noise(512 * 3),
  }),
  'a disk full of bytes': diskOf(5 * mib, { 0: noise(5 * mib) }),
  'a disk with many holes': diskOf(
    40 * mib,
    Object.fromEntries(Array.from({ length: 200 }, (_, index) => [index * 3 * 65_536, noise(1000, `${index}`)])),
  ),
  'a disk of several tables': diskOf(5 * 1024 * mib, {
    0: noise(512),
    [4097 * mib - 5]: noise(mib),
    [5 * 1024 * mib - 512]: noise(512),
  }),
};

/** Where qemu-img reads anything else; of a large disk only the parts and what is around them count. */
function differences(disk: DiskImage, raw: string, format: string, file: string): readonly string[] {
  if (disk.size <= maxCompared) {
    const said = qemuImg('compare', '-f', 'raw', '-F', format, raw, file);
    return said.includes('identical') ? [] : [said];
  }
  using reader = new DiskReader(disk);
  const window = join(folder.path, 'window.raw');
  return disk.parts.flatMap(({ at, content }) => {
    const [first, end] = [Math.floor(at / mib), Math.ceil((at + contentSize(content)) / mib)];
    rmSync(window, { force: true });
    // The count includes what is skipped.
    qemuImg('dd', '-f', format, '-O', 'raw', 'bs=1M', `skip=${first}`, `count=${end}`, `if=${file}`, `of=${window}`);
    const expected = Buffer.alloc((end - first) * mib);
    reader.read(first * mib, expected);
    return readFileSync(window).equals(expected) ? [] : [`from ${first} MiB`];
  });
}

describe.each(Object.entries(conversions))('a %s', (_, { format, encode, checked, unit }) => {
  it.each(Object.keys(disks))('holds %s, as qemu-img reads it', async (title) => {
    const disk = disks[title] as DiskImage;
    const [raw, file] = [join(folder.path, 'disk.raw'), join(folder.path, `disk.${format}`)];
    writeRaw(raw, disk);
    await writeChunks(file, encode(await mapOf(disk)));
    if (checked) qemuImg('check', '-f', format, file);
    const info = JSON.parse(qemuImg('info', '-f', format, '--output=json', file)) as Record<string, unknown>;
    expect(info).toMatchObject({ 'virtual-size': disk.size, format });
    expect(differences(disk, raw, format, file)).toEqual([]);
    const used = disk.parts.reduce((sum, { content }) => sum + contentSize(content) + 2 * unit, 0);
    expect(statSync(file).size).toBeLessThanOrEqual(Math.min(used + tables, disk.size + tables));
    rmSync(raw);
    rmSync(file);
  });

  it('is the same file whatever the disk is stored as', async () => {
    const bytes = Buffer.concat([noise(200_000), Buffer.alloc(3 * mib), noise(1000), Buffer.alloc(mib)]);
    const size = Math.ceil(bytes.length / mib) * mib;
    const stored = join(folder.path, 'stored.raw');
    writeFileSync(stored, Buffer.concat([bytes, Buffer.alloc(size - bytes.length)]));
    const images: DiskImage[] = [
      diskOf(size, { 0: bytes }),
      diskOf(size, { 0: bytes.subarray(0, 200_000), [200_000 + 3 * mib]: bytes.subarray(200_000 + 3 * mib) }),
      { size, parts: [{ at: 0, content: { kind: 'range', file: stored, offset: 0, size } }] },
    ];
    const files: Buffer[] = [];
    for (const image of images) {
      const file = join(folder.path, 'same');
      await writeChunks(file, encode(await mapOf(image)));
      files.push(readFileSync(file));
    }
    expect(files[1]?.equals(files[0] as Buffer)).toBe(true);
    expect(files[2]?.equals(files[0] as Buffer)).toBe(true);
  });
});

describe('the geometry of a VHD', () => {
  it.each(['3M', '20M', '504M', '505M', '1G', '4G', '31G', '127G', '128G', '1000G', '2000G'])(
    'is for %s what qemu-img makes it',
    (size) => {
      const file = join(folder.path, 'geometry.vhd');
      qemuImg('create', '-f', 'vpc', '-o', 'subformat=dynamic', file, size);
      const footer = readFileSync(file).subarray(0, 512);
      rmSync(file);
      expect(vhdGeometry(Number(footer.readBigUInt64BE(48)))).toEqual({
        cylinders: footer.readUInt16BE(56),
        heads: footer[58],
        sectors: footer[59],
      });
    },
  );
});

describe('a sparse tar of a disk', () => {
  it.each(Object.keys(disks))('gives GNU tar %s', async (title) => {
    const disk = disks[title] as DiskImage;
    const [raw, archive] = [join(folder.path, 'expected.raw'), join(folder.path, 'disk.tar')];
    writeRaw(raw, disk);
    await writeChunks(archive, encodeSparseTar(await mapOf(disk), 'disk.raw', epoch));
    execFileSync('tar', ['--extract', '--sparse', '--file', archive, '--directory', folder.path]);
    const extracted = join(folder.path, 'disk.raw');
    expect(statSync(extracted)).toMatchObject({ size: disk.size, mtimeMs: epoch * 1000 });
    expect(qemuImg('compare', '-f', 'raw', '-F', 'raw', raw, extracted)).toContain('identical');
    for (const file of [raw, archive, extracted]) rmSync(file);
  });
});

describe('gzip in pieces', () => {
  it('gives gzip the bytes back, and the same file each time', async () => {
    const bytes = Buffer.concat([noise(3 * mib + 17), Buffer.alloc(5 * mib), noise(9)]);
    const chunks = [bytes.subarray(0, 100), bytes.subarray(100, 3 * mib + 17), { zeros: 5 * mib }, noise(9)];
    const files = [join(folder.path, 'a.gz'), join(folder.path, 'b.gz')] as const;
    for (const file of files) await writeChunks(file, gzip(chunks));
    const unpacked = execFileSync('gzip', ['--decompress', '--stdout', files[0]], { maxBuffer: 64 * mib });
    expect(unpacked.equals(bytes)).toBe(true);
    expect(readFileSync(files[0]).equals(readFileSync(files[1]))).toBe(true);
    expect(statSync(files[0]).size).toBeLessThan(3.1 * mib);
  });
});
