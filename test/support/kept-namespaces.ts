// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';

/** Namespaces that exist until the scope ends, kept by a sleeping process. */
export interface KeptNamespaces extends AsyncDisposable {
  /** Path of one by the kernel's name ("net"). */
  path(name: string): string;
  inode(name: string): number;
}

/** Makes the namespaces that unshare(1)'s options name; with --fork the kept process is its child. */
export async function keepNamespaces(options: readonly string[]): Promise<KeptNamespaces> {
  const keeper = spawn(
    'unshare',
    [...options, ...(options.includes('--fork') ? ['--kill-child'] : []), 'sh', '-c', 'echo ready; exec sleep 60'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  await once(keeper.stdout, 'data');
  const parent = keeper.pid ?? 0;
  const children = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim();
  const pid = options.includes('--fork') ? Number(children.split(' ')[0]) : parent;
  const path = (name: string): string => `/proc/${pid}/ns/${name}`;
  return {
    path,
    inode: (name) => statSync(path(name)).ino,
    [Symbol.asyncDispose]: async () => {
      const ended = once(keeper, 'exit');
      keeper.kill('SIGKILL');
      await ended;
    },
  };
}
