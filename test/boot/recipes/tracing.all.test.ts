// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe } from 'vitest';
import { proveRecipes } from '../../support/recipe-proof/prove.ts';

/** Counts what programs open and read for a moment, bpftrace itself among them. */
const program = `
  tracepoint:syscalls:sys_enter_openat { @opened[comm] = count(); }
  kprobe:vfs_read { @reads = count(); }
  interval:s:2 { exit(); }`;

describe('an image for tracing', () => {
  proveRecipes([
    {
      recipe: 'bpftrace',
      section: 'onboot',
      entry: { command: ['/usr/bin/bpftrace', '-e', program] },
      seconds: 60,
      done: `
        tsctl logs $JOB | grep -E '^@opened\\[bpftrace\\]: [1-9]'
        tsctl logs $JOB | grep -E '^@reads: [1-9]'`,
      without: { CAP_SYS_ADMIN: { seen: `tsctl inspect $JOB | grep -E '"(signal|exitCode)": ("SIG|[1-9])'` } },
    },
  ]);
});
