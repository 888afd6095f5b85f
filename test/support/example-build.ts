// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { sharedCache } from './boot-build.ts';
import { runTskit } from './cli.ts';

const examples = new URL('../../examples/', import.meta.url).pathname;

/** Builds an example, with `more` added to it as a second file of the spec; returns what `tskit run` takes. */
export async function buildExample(name: string, dir: string, more: object = {}): Promise<string> {
  const addition = join(dir, 'more.yml');
  writeFileSync(addition, JSON.stringify(more));
  const args = ['build', '--cache', sharedCache, '--dir', dir, '--name', name, `${examples}${name}.yml`, addition];
  const { exitCode, stderr } = await runTskit(args, { limitMs: 300_000 });
  expect(exitCode, stderr).toBe(0);
  return join(dir, name);
}
