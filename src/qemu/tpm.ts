// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { spawn } from 'node:child_process';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TskitError } from '../errors.ts';
import { findProgram } from '../find-program.ts';
import { withParentDeathSignal } from './parent-death.ts';

const program = 'swtpm';
const startLimitMs = 5_000;

/** A TPM 2.0 that listens on `socket` until it is disposed of. */
export interface RunningTpm extends AsyncDisposable {
  readonly socket: string;
}

/**
 * Starts an emulated TPM 2.0 whose state is in `folder`; a folder that holds one's state already gives that TPM again.
 * @throws TskitError `qemu` when swtpm is missing or does not start.
 */
export async function startTpm(folder: string, socketFolder: string): Promise<RunningTpm> {
  if ((await findProgram(program)) === undefined) {
    throw new TskitError('qemu', `run: --tpm: expected "${program}" in PATH, found none`, { hint: 'install swtpm' });
  }
  const socket = join(socketFolder, 'tpm');
  const [command, ...args] = await withParentDeathSignal([
    program,
    'socket',
    '--tpm2',
    '--tpmstate',
    `dir=${folder}`,
    '--ctrl',
    `type=unixio,path=${socket}`,
    '--flags',
    'startup-clear',
  ]);
  // In a session of its own: Ctrl-C is the machine's power button, and it needs its TPM until it is off.
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(0, 500);
  });
  const ended = new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) => resolve(errors.trim() || `it ended with ${code ?? signal}`));
  });
  const stop = async (): Promise<void> => {
    child.kill();
    await ended;
  };
  for (let waited = 0; waited < startLimitMs; waited += 20) {
    const failure = await Promise.race([ended, sleep(20)]);
    if (failure !== undefined) throw new TskitError('qemu', `run: --tpm: starting "${program}": ${failure}`);
    if (await exists(socket)) return { socket, [Symbol.asyncDispose]: stop };
  }
  await stop();
  throw new TskitError('qemu', `run: --tpm: "${program}" did not listen within ${startLimitMs / 1000} s`);
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
