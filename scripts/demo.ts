// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// `make demo`: builds examples/hello.yml, boots it in QEMU, fetches its page and powers it off.
import { mkdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { freePort } from '../test/support/free-port.ts';

const root = new URL('..', import.meta.url).pathname;
const tskit = `${root}bin/tskit`;
const folder = `${root}dist/demo`;
const bootLimitMs = 120_000;

mkdirSync(folder, { recursive: true });
await show(['build', '--dir', folder, `${root}examples/hello.yml`]);
const port = await freePort();
await boot(port);

/** Runs tskit in the foreground, the way the reader would, with its command line above it. */
async function show(args: readonly string[]): Promise<void> {
  announce(args);
  await execa(tskit, args, { stdio: ['ignore', 'inherit', 'inherit'] });
}

async function boot(port: number): Promise<void> {
  const args = ['run', '--publish', `${port}:80`, `${folder}/hello`];
  announce(args);
  const machine = execa(tskit, args, { stdio: ['ignore', 'inherit', 'inherit'], reject: false });
  let ended = false;
  void machine.finally(() => {
    ended = true;
  });
  const url = `http://127.0.0.1:${port}/`;
  const page = await fetchPage(url, () => ended);
  if (page === undefined) {
    machine.kill('SIGINT');
    await machine;
    throw new Error(`${url} did not answer within ${bootLimitMs / 1000} s`);
  }
  console.log(`\n$ curl ${url}\n${page.trim()}\n`);
  machine.kill('SIGINT');
  const { exitCode } = await machine;
  if (exitCode !== 0) throw new Error(`tskit run ended with ${exitCode}, expected 0`);
  console.log('\ndemo: success: hello.yml was built, booted, answered with its page and powered off');
}

async function fetchPage(url: string, ended: () => boolean): Promise<string | undefined> {
  const limit = Date.now() + bootLimitMs;
  while (Date.now() < limit && !ended()) {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
    if (response?.ok) return await response.text();
    await delay(200);
  }
  return undefined;
}

function announce(args: readonly string[]): void {
  console.log(`\n$ tskit ${args.join(' ').replaceAll(root, '')}`);
}
