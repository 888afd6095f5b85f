// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Warm rebuilds of a system of ten services with about 150 MB of initramfs: nothing changed, a service's command changed, a
// service's image changed.

import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rawTar } from '../test/support/raw-tar.ts';
import { best, type Cost, measure, peakMemory, repeat } from './measure.ts';
import { specText, writeChangedImage, writeSmallImage, writeWorkload } from './workload.ts';

const tskit = new URL('../bin/tskit', import.meta.url).pathname;
const runs = 5;

function main(): void {
  const folder = mkdtempSync(join(tmpdir(), 'tskit-bench-'));
  try {
    const { spec, images } = writeWorkload(folder);
    const build = `${tskit} build --offline --cache ${folder}/cache --dir ${folder}/out ${spec}`;
    const first = measure(build);
    rmSync(`${folder}/cache`, { recursive: true });
    print('first build', first, peakMemory(build));
    console.log(`initrd: ${(statSync(`${folder}/out/system-initrd.img`).size / 1e6).toFixed(1)} MB`);
    print('nothing changed', best(repeat(runs, () => measure(build))), peakMemory(build));

    smallSystem(folder);

    const commands = images.map((_, index) => `sleep ${index}`);
    let change = 0;
    const changeCommand = (): Cost => {
      commands[4] = `sleep ${100 + change++}`;
      writeFileSync(spec, specText(folder, commands));
      return measure(build);
    };
    print('command of one service changed', best(repeat(runs, changeCommand)), peakMemory(build));

    const layouts: string[] = [];
    layouts[4] = 'image-4-changed';
    const changeImage = (): Cost => {
      writeChangedImage(
        folder,
        rawTar({ name: 'usr/bin/changed', mode: 0o755, data: String(change++).repeat(1 << 20) }),
      );
      writeFileSync(spec, specText(folder, commands, layouts));
      return measure(build);
    };
    const imageChanged = best(repeat(3, changeImage));
    rmSync(`${folder}/cache/segments`, { recursive: true });
    print('image of one service changed (60 MB, one new layer)', imageChanged, peakMemory(build));
    print('tskit --version', best(repeat(runs, () => measure(`${tskit} --version`))), peakMemory(`${tskit} --version`));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One service with a tenth of the bytes: what a rebuild costs whatever its size. */
function smallSystem(folder: string): void {
  const spec = join(folder, 'small.yml');
  writeFileSync(spec, specText(folder, ['sleep 1'], ['image-small']));
  writeSmallImage(folder);
  const build = `${tskit} build --offline --cache ${folder}/cache --dir ${folder}/out ${spec}`;
  measure(build);
  const size = (statSync(`${folder}/out/small-initrd.img`).size / 1e6).toFixed(1);
  print(`nothing changed, initrd of ${size} MB`, best(repeat(runs, () => measure(build))), peakMemory(build));
}

function print(what: string, cost: Cost, memory: number): void {
  const { cpuSeconds, wallSeconds } = cost;
  console.log(`${what}: ${cpuSeconds.toFixed(2)} s CPU, ${wallSeconds.toFixed(2)} s wall, ${memory.toFixed(0)} MiB`);
}

main();
