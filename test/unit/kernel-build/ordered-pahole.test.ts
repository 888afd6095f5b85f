// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeOrderedPahole } from '../../../src/kernel-build/ordered-pahole.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

test('types are described without threads, whose order would decide on their numbers', async () => {
  using folder = temporaryFolder();
  mkdirSync(join(folder.path, 'scripts'));
  writeFileSync(join(folder.path, 'pahole'), '#!/bin/sh\nprintf "<%s>" "$@"\n', { mode: 0o755 });
  const pahole = await writeOrderedPahole(folder.path);
  const given = ['-J', '--btf_gen_floats', '-j', '-j8', '--btf_base', 'vm linux', 'a.ko'];
  const env = { PATH: `${folder.path}:/usr/bin:/bin` };
  expect(execFileSync(pahole, given, { encoding: 'utf8', env })).toBe(
    '<-J><--btf_gen_floats><--btf_base><vm linux><a.ko>',
  );
});
