// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const source = join(import.meta.dirname, '../native/seccomp-agent.c');

/** Compiles it, static. */
export function buildAgent(file: string): void {
  execFileSync('gcc', ['-Wall', '-Wextra', '-Werror', '-O1', source, '-o', file], { stdio: 'pipe' });
}

/** A process that decides calls for containers (test/native/seccomp-agent.c). */
export interface SeccompAgent extends AsyncDisposable {
  /** The next container process state that it was sent. */
  state(): Promise<unknown>;
}

/** Listens at `socket`; calls of that number get the error, all others that it is asked about go on. */
export async function startAgent(file: string, socket: string, number: number, errno: number): Promise<SeccompAgent> {
  const agent = spawn(file, [socket, `${number}`, `${errno}`], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: agent.stdout })[Symbol.asyncIterator]();
  const { value } = await lines.next();
  if (value !== 'ready') throw new Error(`the agent said "${value}"`);
  return {
    state: async () => JSON.parse((await lines.next()).value ?? 'null'),
    [Symbol.asyncDispose]: async () => {
      agent.kill('SIGKILL');
      if (agent.exitCode === null && agent.signalCode === null) await once(agent, 'exit');
    },
  };
}
