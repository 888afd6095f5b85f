// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { exampleFiles, exampleHeader } from '../../../scripts/example-header.ts';
import { sharedCache } from '../../support/boot-build.ts';
import { runTskit } from '../../support/cli.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const checkout = new URL('../../../', import.meta.url).pathname;

/** Its images come from a registry, which test/boot/registry fills, builds it from, and boots. */
const fromRegistry = 'registry.yml';
/** Hundreds of megabytes of packages; `make test-all` also boots them. */
const large = process.env['TSKIT_TEST_ALL'] === '1' ? [] : ['docker.yml', 'kubernetes-node.yml'];
const examples = exampleFiles().filter((file) => file !== fromRegistry && !large.includes(file));

test.each(examples)('examples/%s builds with the command of its comment, as it is', async (file) => {
  using folder = temporaryFolder();
  // The one thing that an example takes from the machine: the key of whoever builds it.
  mkdirSync(join(folder.path, '.ssh'));
  writeFileSync(join(folder.path, '.ssh/id_ed25519.pub'), 'ssh-ed25519 AAAA somebody\n');
  const { name, commands } = exampleHeader(file);
  const words = commands.find((command) => command.startsWith('tskit build '))?.split(' ') ?? [];
  const args = [...words.slice(1), '--cache', sharedCache, '--dir', folder.path];
  const { exitCode, stderr } = await runTskit(args, {
    cwd: checkout,
    env: { HOME: folder.path },
    limitMs: 280_000,
  });
  expect(exitCode, stderr).toBe(0);
  expect(existsSync(join(folder.path, `${name}-kernel`)), stderr).toBe(true);
});
