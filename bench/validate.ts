// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// `tskit validate` against the least that a Node program can take, `node -e 0` of the same Node. Takes the path of a spec.

import { best, type Cost, measure } from './measure.ts';

const root = new URL('..', import.meta.url).pathname;
const tskit = `${root}bin/tskit`;
const goal = 1.4;
/** A process each would be measured by the clock's ticks. */
const processes = 20;
const rounds = 10;

function main(spec = `${root}examples/hello.yml`): void {
  const times = (command: string): string => `for i in $(seq ${processes}); do ${command}; done`;
  const validate = times(`${tskit} validate '${spec}'`);
  const nothing = times(`'${process.execPath}' -e 0`);
  measure(validate);
  const ours: Cost[] = [];
  const theirs: Cost[] = [];
  // Taken in turns, so that what else the machine does meets both alike.
  for (let round = 0; round < rounds; round += 1) {
    ours.push(measure(validate));
    theirs.push(measure(nothing));
  }
  const [own, least] = [best(ours).cpuSeconds / processes, best(theirs).cpuSeconds / processes];
  const ratios = ours.map(({ cpuSeconds }, index) => cpuSeconds / (theirs[index]?.cpuSeconds ?? Number.NaN));
  const median = ratios.toSorted((a, b) => a - b)[Math.floor(rounds / 2)] ?? Number.NaN;
  console.log(`validate: ${(own * 1000).toFixed(1)} ms CPU; node -e 0: ${(least * 1000).toFixed(1)} ms`);
  console.log(`ratio: ${(own / least).toFixed(2)} of the best, ${median.toFixed(2)} median (goal: at most ${goal})`);
}

main(process.argv[2]);
