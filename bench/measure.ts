// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What one command cost, all its processes and threads together. */
export interface Cost {
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
}

/** Runs a shell command to its end and measures it with bash's `time`. Throws when it fails. */
export function measure(command: string, env: Readonly<Record<string, string>> = {}): Cost {
  const script = `TIMEFORMAT='%R %U %S'; { time { ${command}; } >/dev/null 2>"$ERRORS"; } 2>&1`;
  const errors = join(tmpdir(), `tskit-bench-${process.pid}.errors`);
  const options = { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C', ERRORS: errors, ...env } } as const;
  const result = spawnSync('bash', ['-o', 'pipefail', '-c', script], options);
  const complaint = readFileSync(errors, 'utf8');
  rmSync(errors);
  if (result.status !== 0) {
    throw new Error(`${command}\nended with ${result.status}: ${complaint}`);
  }
  const [wall, user, system] = result.stdout.trim().split('\n').at(-1)?.split(' ').map(Number) ?? [];
  return { wallSeconds: wall ?? Number.NaN, cpuSeconds: (user ?? Number.NaN) + (system ?? Number.NaN) };
}

/** The run with the least CPU: what others did on the machine meanwhile only ever adds. */
export function best(costs: readonly Cost[]): Cost {
  return costs.reduce((least, cost) => (cost.cpuSeconds < least.cpuSeconds ? cost : least));
}

export function repeat(runs: number, run: () => Cost): Cost[] {
  return Array.from({ length: runs }, run);
}

/** Peak resident memory in MiB of a Node program, by its own account at its end. */
export function peakMemory(command: string): number {
  const report = join(tmpdir(), `tskit-bench-${process.pid}.rss`);
  const hook = `import { writeFileSync } from 'node:fs'; process.on('exit', () => writeFileSync(${JSON.stringify(report)}, String(process.resourceUsage().maxRSS)));`;
  try {
    measure(command, { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hook)}` });
    return Number(readFileSync(report, 'utf8')) / 1024;
  } finally {
    rmSync(report, { force: true });
  }
}
