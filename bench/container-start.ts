// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What it costs to start a container, against crun and runc: busybox `true` in the configuration that `runc spec` writes, without
// a terminal, with a cgroup, with and without the default seccomp filter. Needs root, hyperfine, runc, busybox-static, patchelf.
//
// All run in a mount namespace that shows cgroup v2 alone, since crun refuses hosts where both versions have controllers.

import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RuntimeConfig } from '../init/contract/runtime-config.ts';
import { defaultProfile } from '../seccomp/default-profile.ts';
import { currentCrun } from './peer-runtimes.ts';

const root = new URL('..', import.meta.url).pathname;
const sequential = 100;
const atOnce = 50;
const rounds = 5;

interface Runtime {
  readonly name: string;
  readonly program: string;
}

interface Row {
  readonly name: string;
  readonly cpuMilliseconds: number;
  readonly medianMilliseconds: number;
  readonly minimumMilliseconds: number;
  readonly peakKibibytes: number;
  /** Seconds for all: one after the other, and started together. */
  readonly runsAtOnce: number;
  readonly createStartDelete: number;
  readonly createStartDeleteAtOnce: number;
}

function makeBundle(folder: string, filtered: boolean): string {
  const bundle = join(folder, filtered ? 'filtered' : 'plain');
  for (const name of ['bin', 'proc', 'sys', 'dev']) mkdirSync(join(bundle, 'rootfs', name), { recursive: true });
  copyFileSync('/bin/busybox', join(bundle, 'rootfs/bin/busybox'));
  symlinkSync('busybox', join(bundle, 'rootfs/bin/true'));
  execFileSync('runc', ['spec', '--bundle', bundle]);
  const file = join(bundle, 'config.json');
  const config = JSON.parse(readFileSync(file, 'utf8')) as RuntimeConfig;
  const granted = config.process.capabilities?.bounding ?? [];
  const changed: RuntimeConfig = {
    ...config,
    process: { ...config.process, terminal: false, args: ['/bin/true'] },
    linux: { ...config.linux, ...(filtered ? { seccomp: defaultProfile(granted, 'x86_64') } : {}) },
  };
  writeFileSync(file, JSON.stringify(changed, undefined, 2));
  return bundle;
}

/** Where runtimes see a host with cgroup v2 alone. */
function inUnifiedHost(script: string): string {
  return execFileSync('unshare', ['--mount', 'sh', '-euc', `mount -t cgroup2 none /sys/fs/cgroup; ${script}`], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 2 ** 26,
  });
}

function timesOf(
  runtimes: readonly Runtime[],
  bundle: string,
  report: string,
): Pick<Row, 'cpuMilliseconds' | 'medianMilliseconds' | 'minimumMilliseconds'>[] {
  const commands = runtimes.map(({ program }) => `'${program} run --bundle ${bundle} bench-one'`).join(' ');
  inUnifiedHost(
    `hyperfine -N --warmup 5 --runs ${sequential} --style none --export-json ${report} ${commands} >/dev/null`,
  );
  const { results } = JSON.parse(readFileSync(report, 'utf8')) as {
    results: { user: number; system: number; median: number; min: number }[];
  };
  return results.map(({ user, system, median, min }) => ({
    cpuMilliseconds: (user + system) * 1000,
    medianMilliseconds: median * 1000,
    minimumMilliseconds: min * 1000,
  }));
}

/** The largest process of all that took part, as the kernel counts it (getrusage(2), ru_maxrss of children). */
function peakOf({ program }: Runtime, bundle: string): number {
  const text = inUnifiedHost(`/usr/bin/time -f %M ${program} run --bundle ${bundle} bench-peak 2>&1`);
  return Number(text.trim().split('\n').at(-1));
}

/** The best of some rounds: what else the machine did only ever adds. */
function secondsOf(script: string): number {
  const timed = `bash -c 'TIMEFORMAT=%R; for round in $(seq ${rounds}); do time { ${script} ; } >/dev/null 2>&1; done' 2>&1`;
  return Math.min(...inUnifiedHost(timed).trim().split('\n').map(Number));
}

function rowOf(
  runtime: Runtime,
  bundle: string,
): Omit<Row, 'cpuMilliseconds' | 'medianMilliseconds' | 'minimumMilliseconds'> {
  const { program } = runtime;
  const all = (id: string): string =>
    `${program} create --bundle ${bundle} ${id} </dev/null; ${program} start ${id}; ${program} delete --force ${id}`;
  return {
    name: runtime.name,
    peakKibibytes: peakOf(runtime, bundle),
    runsAtOnce: secondsOf(`for i in $(seq ${atOnce}); do ${program} run --bundle ${bundle} bench-$i & done; wait`),
    createStartDelete: secondsOf(`for i in $(seq ${sequential}); do ${all('bench-$i')}; done`),
    createStartDeleteAtOnce: secondsOf(`for i in $(seq ${atOnce}); do { ${all('bench-$i')}; } & done; wait`),
  };
}

function print(title: string, rows: readonly Row[]): void {
  console.log(`\n${title}`);
  const head = [
    '',
    'CPU',
    'median',
    'minimum',
    'peak memory',
    `run, ${atOnce} at once`,
    `create..delete, ${sequential}x`,
    `${atOnce} at once`,
  ];
  console.log(head.map((text) => text.padEnd(18)).join(''));
  for (const row of rows)
    console.log(
      [
        row.name,
        `${row.cpuMilliseconds.toFixed(1)} ms`,
        `${row.medianMilliseconds.toFixed(1)} ms`,
        `${row.minimumMilliseconds.toFixed(1)} ms`,
        `${(row.peakKibibytes / 1024).toFixed(2)} MiB`,
        `${row.runsAtOnce.toFixed(2)} s`,
        `${row.createStartDelete.toFixed(2)} s`,
        `${row.createStartDeleteAtOnce.toFixed(2)} s`,
      ]
        .map((text) => text.padEnd(18))
        .join(''),
    );
}

async function main(): Promise<void> {
  const runtimes = [
    { name: 'tsrun', program: join(root, 'dist/tsrun') },
    { name: 'crun', program: await currentCrun(join(root, 'native/build/peers')) },
    { name: 'runc', program: 'runc' },
  ];
  const folder = mkdtempSync(join(tmpdir(), 'tskit-bench-'));
  try {
    for (const filtered of [false, true]) {
      const bundle = makeBundle(folder, filtered);
      const times = timesOf(runtimes, bundle, join(folder, 'times.json'));
      const rows = runtimes.flatMap((runtime, index) => {
        const time = times[index];
        return time === undefined ? [] : [{ ...rowOf(runtime, bundle), ...time }];
      });
      print(filtered ? 'with the default seccomp profile' : 'without seccomp', rows);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

await main();
