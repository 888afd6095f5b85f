// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect } from 'vitest';
import { runTskit } from './cli.ts';

/**
 * The cache that boot tests share, so that the recipes are built once a run; under dist/, which `make clean` removes. What a
 * test says about the cache itself it shows with one of its own.
 */
export const sharedCache: string = new URL('../../dist/test-cache', import.meta.url).pathname;

/**
 * Builds a spec with the CLI into `folder` and returns what `tskit run` takes. `replace` is applied to the spec's text, for
 * what is known only when the test runs (a registry's port).
 */
export async function buildForBoot(
  spec: string,
  folder: string,
  options: { replace?: Readonly<Record<string, string>>; cache?: string; args?: readonly string[] } = {},
): Promise<{ base: string; stderr: string }> {
  let text = readFileSync(spec, 'utf8');
  for (const [from, to] of Object.entries(options.replace ?? {})) text = text.replaceAll(from, to);
  const copy = join(folder, basename(spec));
  writeFileSync(copy, text);
  const format = process.env['TSKIT_TEST_ROOT'] === 'erofs' ? ['--format', 'kernel+erofs'] : [];
  const args = [
    'build',
    ...format,
    '--cache',
    options.cache ?? sharedCache,
    '--dir',
    folder,
    ...(options.args ?? []),
    copy,
  ];
  const { exitCode, stderr } = await runTskit(args, { limitMs: 300_000 });
  expect(exitCode, stderr).toBe(0);
  return { base: copy.replace(/\.yml$/, ''), stderr };
}
