// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { once } from 'node:events';
import { execa } from 'execa';
import { buildProgram } from './probe.ts';

/** Exchanges two paths without end (test/native/swap.c), compiled to `program`, until the scope ends. */
export async function swapping(program: string, one: string, other: string): Promise<AsyncDisposable> {
  await buildProgram('swap.c', program);
  const swap = execa(program, [one, other], { reject: false });
  await once(swap.stdout, 'data');
  return {
    [Symbol.asyncDispose]: async () => {
      swap.kill('SIGKILL');
      await swap;
    },
  };
}
