// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Explaining and comparing a built system of ten services with about 150 MB of initramfs, 600 MB unpacked.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rawTar } from '../test/support/raw-tar.ts';
import { best, measure, peakMemory, repeat } from './measure.ts';
import { specText, writeChangedImage, writeWorkload } from './workload.ts';

const tskit = new URL('../bin/tskit', import.meta.url).pathname;
const runs = 3;

function main(): void {
  const folder = mkdtempSync(join(tmpdir(), 'tskit-bench-'));
  try {
    const { spec, images } = writeWorkload(folder);
    writeChangedImage(folder, rawTar({ name: 'changed', data: 'x' }));
    const layouts = images.map((_, index) => (index === 4 ? 'image-4-changed' : `image-${index}`));
    const changed = join(folder, 'changed.yml');
    writeFileSync(
      changed,
      specText(
        folder,
        images.map((_, index) => `sleep ${index}`),
        layouts,
      ),
    );
    const cache = `--offline --cache ${folder}/cache`;
    for (const each of [spec, changed]) measure(`${tskit} build ${cache} --dir ${folder} ${each}`);
    const [left, right] = [join(folder, 'system'), join(folder, 'changed')];
    const forget = `rm -rf ${folder}/cache/facts`;
    report('explain, the whole system', `${tskit} explain ${cache} ${spec}`);
    report('explain, one file', `${tskit} explain ${cache} ${spec} service4:/usr/lib`);
    report('explain, all settings of a service', `${tskit} explain ${cache} ${spec} service4`);
    report('diff, two specs', `${tskit} diff ${cache} ${spec} ${changed}`);
    report('diff, a spec and a build', `${tskit} diff ${cache} ${spec} ${right}`);
    report('diff, two builds that were compared before', `${tskit} diff ${cache} ${left} ${right}`);
    report('diff, two builds for the first time', `${forget}; ${tskit} diff ${cache} ${left} ${right}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function report(what: string, command: string): void {
  const { cpuSeconds, wallSeconds } = best(repeat(runs, () => measure(command)));
  const memory = peakMemory(command).toFixed(0);
  console.log(`${what}: ${cpuSeconds.toFixed(2)} s CPU, ${wallSeconds.toFixed(2)} s wall, ${memory} MiB`);
}

main();
