// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Writing the root image of 2 GB of this machine's own programs and libraries, dm-verity's tree included, against mkfs.erofs and
// veritysetup, which need the files in a folder. `node bench/erofs.ts write TAR IMAGE` is one run of ours.

import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ErofsWriter } from '../src/archive/erofs/writer.ts';
import { readTar } from '../src/archive/tar.ts';
import { encodeVerity } from '../src/archive/verity.ts';
import type { Bytes, FileTree } from '../src/file-tree.ts';
import { applyEntry, noContent } from '../src/flatten/apply-entry.ts';
import { fileTreeOf, newRoot } from '../src/flatten/root.ts';
import { best, type Cost, measure, peakMemory, repeat } from './measure.ts';

const bytes = 2_000_000_000;
const runs = 3;
const sources = ['/usr/lib', '/usr/bin', '/usr/share'];

function main(): void {
  const [verb, tar = '', image = ''] = process.argv.slice(2);
  if (verb === 'write') {
    write(tar, image);
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'tskit-bench-'));
  try {
    compare(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function compare(folder: string): void {
  const tar = join(folder, 'input.tar');
  const size = writeTar(tar);
  const ours = `node --max-semi-space-size=4 ${process.argv[1]} write ${tar} ${folder}/ours.img`;
  print('tskit', best(repeat(runs, () => measure(ours))), peakMemory(ours), size);
  console.log(`image: ${mb(statSync(`${folder}/ours.img`).size)} MB`);
  execFileSync('sh', ['-c', `mkdir ${folder}/files && tar -xf ${tar} -C ${folder}/files`]);
  const theirs = (options: string): string =>
    `rm -f ${folder}/theirs.img; mkfs.erofs -T0 ${options} ${folder}/theirs.img ${folder}/files && veritysetup format --salt=- ${folder}/theirs.img ${folder}/theirs.hash`;
  for (const options of ['', '--chunksize=4096']) {
    const cost = best(repeat(runs, () => measure(theirs(options))));
    print(`mkfs.erofs ${options} and veritysetup`, cost, Number.NaN, size);
    console.log(`image: ${mb(statSync(`${folder}/theirs.img`).size)} MB`);
  }
}

/** Regular files up to the size; returns what they have. */
function writeTar(tar: string): number {
  const found = execFileSync('find', [...sources, '-xdev', '-type', 'f', '-printf', '%s %p\\0'], {
    maxBuffer: 1 << 28,
  });
  const list: string[] = [];
  let total = 0;
  for (const line of found.toString('latin1').split('\0').toSorted()) {
    const [size = '', ...path] = line.split(' ');
    if (line === '' || total + Number(size) > bytes) continue;
    total += Number(size);
    list.push(path.join(' '));
  }
  writeFileSync(`${tar}.list`, list.join('\0'), 'latin1');
  execFileSync('tar', ['--null', '-cf', tar, '-T', `${tar}.list`], { stdio: ['ignore', 'ignore', 'ignore'] });
  console.log(`input: ${list.length} files, ${mb(total)} MB`);
  return total;
}

function write(tar: string, image: string): void {
  const tree = treeOfTar(tar);
  using writer = new ErofsWriter({ epoch: 1_577_836_800 });
  const fd = openSync(image, 'w');
  const put = (chunks: Iterable<Buffer>): void => {
    for (const chunk of chunks) writeSync(fd, chunk);
  };
  put(writer.add(tree, '' as Bytes));
  put(writer.finish());
  put(encodeVerity(writer.digests, writer.uuid));
  writeSync(fd, writer.firstBlock, 0, writer.firstBlock.length, 0);
  closeSync(fd);
}

function treeOfTar(tar: string): FileTree {
  const root = newRoot();
  const fd = openSync(tar, 'r');
  for (const entry of readTar(fd, statSync(tar).size)) {
    const content = { kind: 'range', file: tar, offset: entry.offset, size: entry.size } as const;
    const from = { kind: 'image', reference: 'bench', layer: 0 } as const;
    applyEntry(root, 0, entry, entry.type === 'file' ? content : noContent, from);
  }
  closeSync(fd);
  return fileTreeOf(root);
}

function print(what: string, cost: Cost, memory: number, size: number): void {
  const { cpuSeconds, wallSeconds } = cost;
  const rate = (seconds: number): string => (size / 1e6 / seconds).toFixed(0);
  const peak = Number.isNaN(memory) ? '' : `, ${memory.toFixed(0)} MiB`;
  console.log(
    `${what}: ${cpuSeconds.toFixed(2)} s CPU (${rate(cpuSeconds)} MB/s), ${wallSeconds.toFixed(2)} s wall (${rate(wallSeconds)} MB/s)${peak}`,
  );
}

function mb(size: number): string {
  return (size / 1e6).toFixed(0);
}

main();
