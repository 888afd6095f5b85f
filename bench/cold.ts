// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// A build with every blob in the store and nothing else in the cache, against the least that standard tools need for
// the same layers: gzip -dc | tar -xO | zstd -1.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { best, type Cost, measure, peakMemory } from './measure.ts';
import { writeWorkload } from './workload.ts';

const tskit = new URL('../bin/tskit', import.meta.url).pathname;
const runs = 3;
const goal = 1.3;

function main(): void {
  const folder = mkdtempSync(join(tmpdir(), 'tskit-bench-'));
  try {
    const { spec, images } = writeWorkload(folder);
    const build = `${tskit} build --offline --cache ${folder}/cache --dir ${folder}/out ${spec}`;
    measure(build);
    const forget = (): void => {
      for (const part of ['diff', 'segments']) rmSync(join(folder, 'cache', part), { recursive: true });
    };
    const layers = images.flatMap((image) => image.layers.map(({ blob }) => blob));
    const pipe = `for layer in ${layers.join(' ')}; do gzip -dc "$layer" | tar -xO; done | zstd -q -1 -T1 -c`;
    const ours: Cost[] = [];
    const theirs: Cost[] = [];
    // Taken in turns, so that what else the machine does meets both alike.
    for (let run = 0; run < runs; run += 1) {
      forget();
      ours.push(measure(build));
      theirs.push(measure(pipe));
    }
    forget();
    const memory = peakMemory(build);
    const [least, reference] = [best(ours), best(theirs)];
    console.log(
      `cold build: ${least.cpuSeconds.toFixed(2)} s CPU, ${least.wallSeconds.toFixed(2)} s wall, ${memory.toFixed(0)} MiB`,
    );
    console.log(
      `gzip | tar | zstd: ${reference.cpuSeconds.toFixed(2)} s CPU, ${reference.wallSeconds.toFixed(2)} s wall`,
    );
    console.log(`ratio of CPU: ${(least.cpuSeconds / reference.cpuSeconds).toFixed(2)} (goal: at most ${goal})`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main();
