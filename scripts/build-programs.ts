// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Bundles the programs of system images: each file of init/programs/ becomes OUT/NAME/main.js with the tables beside it, from
// which native/Makefile makes dist/programs/NAME. What did not change keeps its time, so that only changed programs are linked anew.
//
//     node scripts/build-programs.ts OUT

import { readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { bundle, writeTables } from './bundle-units.ts';

const programs = resolve(import.meta.dirname, '../init/programs');

async function main(): Promise<void> {
  const [out] = process.argv.slice(2);
  if (out === undefined) throw new Error('usage: build-programs.ts OUT');
  const files = readdirSync(programs).filter((name) => name.endsWith('.ts'));
  for (const file of files) {
    const outdir = resolve(out, basename(file, '.ts'));
    const imports = await bundle({ main: join(programs, file) }, outdir);
    writeTables(outdir, [...imports.keys()].sort(), new Set());
  }
}

await main();
