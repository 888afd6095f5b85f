// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Warm rebuilds of a disk for UEFI with a system of ten services, 600 MB of contents: nothing changed, a service's command
// changed, a service's image changed; with the system in the initrd, and in a root image.

import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { efiProgram } from '../test/support/efi-program.ts';
import { writeImage } from '../test/support/layer-image.ts';
import { rawTar } from '../test/support/raw-tar.ts';
import { best, type Cost, measure, peakMemory, repeat } from './measure.ts';
import { specText, writeChangedImage, writeWorkload } from './workload.ts';

const tskit = new URL('../bin/tskit', import.meta.url).pathname;
const runs = 3;

function main(): void {
  const folder = mkdtempSync(join(tmpdir(), 'tskit-bench-'));
  try {
    const { spec, images } = writeWorkload(folder);
    // Of the size of a cloud's kernel; it does not run here.
    const kernel = efiProgram(Buffer.alloc(14_000_000, 'kernel'));
    writeImage(join(folder, 'kernel'), [{ tar: rawTar({ name: 'kernel', data: kernel }) }]);
    for (const root of ['initramfs', 'erofs']) measureRoot(folder, spec, root, images.length);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function measureRoot(folder: string, spec: string, root: string, services: number): void {
  const commands = Array.from({ length: services }, (_, index) => `sleep ${index}`);
  const layouts: string[] = [];
  let change = 0;
  const write = (): void => writeFileSync(spec, `root: ${root}\n${specText(folder, commands, layouts)}`);
  const build = `${tskit} build --offline --format raw-efi --cache ${folder}/cache --dir ${folder}/out ${spec}`;
  write();
  const print = (what: string, { cpuSeconds, wallSeconds }: Cost): void => {
    const memory = peakMemory(build).toFixed(0);
    console.log(`${root}, ${what}: ${cpuSeconds.toFixed(2)} s CPU, ${wallSeconds.toFixed(2)} s wall, ${memory} MiB`);
  };
  print('first build', measure(build));
  const { size, blocks } = statSync(join(folder, 'out/system-efi.img'));
  console.log(`${root}: disk of ${(size / 1e6).toFixed(0)} MB, ${((blocks * 512) / 1e6).toFixed(0)} MB of it used`);
  print('nothing changed', best(repeat(runs, () => measure(build))));
  const changeCommand = (): Cost => {
    commands[4] = `sleep ${100 + change++}`;
    write();
    return measure(build);
  };
  print('command of one service changed', best(repeat(runs, changeCommand)));
  layouts[4] = 'image-4-changed';
  const changeImage = (): Cost => {
    const data = String(change++).repeat(1 << 20);
    writeChangedImage(folder, rawTar({ name: 'usr/bin/changed', mode: 0o755, data }));
    write();
    return measure(build);
  };
  print('image of one service changed (60 MB, one new layer)', best(repeat(runs, changeImage)));
}

main();
