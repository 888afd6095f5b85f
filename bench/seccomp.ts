// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Seccomp filters: instructions that a call costs, ours against libseccomp's plain ones and its binary trees, for a container
// engine's default profile; and what compiling one costs a container. Needs root, gcc, libseccomp-dev and
// golang-github-containers-common.
//
//     node bench/seccomp.ts

import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LinuxSeccomp } from '../init/contract/linux-config.ts';
import { compileSeccomp } from '../seccomp/compile.ts';
import { syscallNumbers } from '../seccomp/syscalls.ts';
import { runFilter } from '../test/support/bpf-machine.ts';
import { buildCalls, seccompConfig } from '../test/support/seccomp-container.ts';
import { seccompJudge } from '../test/support/seccomp-judge.ts';
import { engineProfile } from '../test/support/seccomp-profiles.ts';
import { best, measure, repeat } from './measure.ts';

const x86_64 = 0xc000003e;
const tsrun = join(import.meta.dirname, '../dist/tsrun');
const profile = engineProfile('/usr/share/containers/seccomp.json', [], 'x86_64');
/** What programs call most, and often enough to feel a filter. */
const hot = [
  'read',
  'write',
  'futex',
  'epoll_wait',
  'recvfrom',
  'sendto',
  'openat',
  'close',
  'mmap',
  'clone',
  'socket',
];

function instructions(program: Uint8Array): string {
  const numbers = syscallNumbers('x86_64');
  const cost = (number: number): number => runFilter(program, { number, architecture: x86_64, args: [] }).executed;
  const all = [...numbers.values()].map(cost);
  const often = hot.map((name) => cost(numbers.get(name) ?? 0));
  const mean = (list: readonly number[]): string => (list.reduce((sum, one) => sum + one, 0) / list.length).toFixed(1);
  return `${program.length / 8} in all; a call ${mean(all)}, at most ${Math.max(...all)}; one of the frequent ${mean(often)}`;
}

function compareFilters(): void {
  using judge = seccompJudge();
  const theirs = (tree?: 'tree'): Uint8Array => {
    const [filter] = judge.judge([profile], 'x86_64', tree);
    if (!(filter instanceof Uint8Array)) throw new Error(`libseccomp refuses the profile: ${filter}`);
    return filter;
  };
  console.log(`instructions, podman's default profile for x86_64, x86 and x32:`);
  console.log(`  tskit             ${instructions(compileSeccomp(profile, 'x86_64').program)}`);
  console.log(`  libseccomp        ${instructions(theirs())}`);
  console.log(`  libseccomp, tree  ${instructions(theirs('tree'))}`);
}

/** Milliseconds of CPU of a container whose program does nothing; the least of some, each of which runs many. */
function containerCost(folder: string, seccomp: LinuxSeccomp | undefined, before = ':'): number {
  const rounds = 20;
  const config = seccompConfig({ defaultAction: 'SCMP_ACT_ALLOW' }, []);
  const { seccomp: _, ...linux } = config.linux ?? {};
  writeFileSync(
    join(folder, 'config.json'),
    JSON.stringify({ ...config, linux: seccomp === undefined ? linux : { ...linux, seccomp } }),
  );
  const run = `${before}; ${tsrun} --root ${folder}/state run --bundle ${folder} bench-seccomp`;
  const { cpuSeconds } = best(repeat(5, () => measure(`for _ in $(seq ${rounds}); do ${run}; done`)));
  return (cpuSeconds / rounds) * 1000;
}

function compareContainers(): void {
  const folder = mkdtempSync(join(tmpdir(), 'tskit-bench-'));
  try {
    const program = join(folder, 'calls');
    buildCalls(program);
    for (const name of ['proc', 'dev', 'sys']) mkdirSync(join(folder, 'rootfs', name), { recursive: true });
    cpSync(program, join(folder, 'rootfs/calls'));
    const tell = (what: string, cost: number): void => console.log(`  ${what.padEnd(26)} ${cost.toFixed(2)} ms`);
    console.log('CPU of a container that does nothing:');
    tell('without a filter', containerCost(folder, undefined));
    tell('with a kept one', containerCost(folder, profile));
    tell('with one to be compiled', containerCost(folder, profile, `rm -rf ${folder}/state/@seccomp`));
    tell(
      'rm alone',
      (best(repeat(5, () => measure(`for _ in $(seq 20); do rm -rf ${folder}/none; done`))).cpuSeconds / 20) * 1000,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

compareFilters();
compareContainers();
