// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The target's binary against the runtimes it replaces: size, time to start, peak memory. Needs hyperfine, crun and runc.

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readlinkSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

const tsrun = new URL('../dist/tsrun', import.meta.url).pathname;
const runs = 300;
/** Bytes. */
const goal = 2 ** 20;

interface Start {
  readonly program: string;
  readonly cpuMilliseconds: number;
  readonly wallMilliseconds: number;
  readonly peakKibibytes: number;
  readonly bytes: number;
}

/** Start to end of `PROGRAM --version`, without a shell: the median of wall time, the mean of CPU time (hyperfine has no other). */
function measureTimes(programs: readonly string[], folder: string): { median: number; user: number; system: number }[] {
  const report = join(folder, 'times.json');
  const options = ['-N', '--warmup', '20', '--runs', String(runs), '--style', 'none', '--export-json', report];
  const commands = programs.map((program) => `${program} --version`);
  execFileSync('hyperfine', [...options, ...commands], { stdio: 'ignore' });
  return (JSON.parse(readFileSync(report, 'utf8')) as { results: { median: number; user: number; system: number }[] })
    .results;
}

/**
 * Peak resident memory at the moment of its first output: the program writes into a pipe that is full, waits there, and
 * /proc tells.
 */
async function peakMemory(program: string, folder: string): Promise<number> {
  const script = `fifo="$0/fifo"; rm -f "$fifo"; mkfifo "$fifo"; exec 3<>"$fifo"
    dd if=/dev/zero of="$fifo" bs=64k count=1 oflag=nonblock status=none; exec "$1" --version >&3`;
  const child = spawn('sh', ['-c', script, folder, program], { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  try {
    await untilWriting(child.pid ?? 0, program);
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]);
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}

async function untilWriting(pid: number, program: string): Promise<void> {
  const shell = realpathSync('/bin/sh');
  for (let tries = 0; tries < 500; tries++) {
    await setTimeout(10);
    // Not compared with the program: crun goes on as a copy of itself in memory.
    const isStarted = readlinkSync(`/proc/${pid}/exe`) !== shell;
    if (isStarted && readFileSync(`/proc/${pid}/wchan`, 'utf8').includes('pipe_write')) return;
  }
  throw new Error(`${program} --version: expected it to write, found it did not within 5 s`);
}

function locate(name: string): string {
  return execFileSync('sh', ['-c', 'command -v "$0"', name], { encoding: 'utf8' }).trim();
}

function row(start: Start, base: Start): string {
  const cell = (value: number, of: number, unit: string): string =>
    `${value.toFixed(2)} ${unit} (${(value / of).toFixed(1)}x)`.padEnd(20);
  return [
    start.program.padEnd(6),
    cell(start.cpuMilliseconds, base.cpuMilliseconds, 'ms CPU'),
    cell(start.wallMilliseconds, base.wallMilliseconds, 'ms'),
    cell(start.peakKibibytes / 1024, base.peakKibibytes / 1024, 'MiB'),
    cell(start.bytes / 2 ** 20, base.bytes / 2 ** 20, 'MiB on disk'),
  ].join(' ');
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tskit-bench-'));
  try {
    const programs = [tsrun, locate('crun'), locate('runc')];
    const times = measureTimes(programs, folder);
    const starts: Start[] = [];
    for (const [index, program] of programs.entries()) {
      const { median, user, system } = times[index] ?? { median: Number.NaN, user: Number.NaN, system: Number.NaN };
      starts.push({
        program: program.slice(program.lastIndexOf('/') + 1),
        cpuMilliseconds: (user + system) * 1000,
        wallMilliseconds: median * 1000,
        peakKibibytes: await peakMemory(program, folder),
        bytes: statSync(program).size,
      });
    }
    const [base] = starts;
    console.log(`dist/init, stripped: ${statSync(tsrun).size} bytes (goal: at most ${goal})`);
    if (base !== undefined) for (const start of starts) console.log(row(start, base));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

await main();
