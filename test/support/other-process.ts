// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type ChildProcess, spawn } from 'node:child_process';

/** A second tskit, as far as the cache is concerned. */
export interface OtherProcess {
  readonly child: ChildProcess;
  /** Resolves with the first line that it prints. */
  readonly firstLine: Promise<string>;
  /** Resolves with the exit code, null after a signal, and everything that it printed. */
  readonly ended: Promise<{ readonly code: number | null; readonly output: string }>;
}

const root = new URL('../../', import.meta.url).href;

/**
 * Runs TypeScript in a Node process of its own. In `code`, `load(path)` imports a module by its path in this repository, and `input`
 * is the value given here.
 */
export function runElsewhere(code: string, input: object): OtherProcess {
  const prelude = `const load = (path) => import(${JSON.stringify(root)} + path); const input = ${JSON.stringify(input)};`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', `${prelude}\n${code}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const firstLine = new Promise<string>((resolve) => {
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      if (output.includes('\n')) {
        resolve(output.slice(0, output.indexOf('\n')));
      }
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
  });
  const ended = new Promise<{ code: number | null; output: string }>((resolve) => {
    child.once('close', (code) => resolve({ code, output }));
  });
  return { child, firstLine, ended };
}
