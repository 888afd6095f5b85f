// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Bundles the TypeScript of the target: init/main.ts and each file of init/units/ become one JavaScript module each,
// OUT/NAME.js, which native/Makefile compiles to bytecode.
//
//     node scripts/build-init.ts OUT [FOLDER]        FOLDER holds main.ts and units/; init/ by default

import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { build } from 'esbuild';

const root = resolve(import.meta.dirname, '..');

function unitFiles(folder: string): Record<string, string> {
  const units = readdirSync(join(folder, 'units')).filter((name) => name.endsWith('.ts'));
  const entries = units.map((name) => [basename(name, '.ts'), join(folder, 'units', name)] as const);
  return { main: join(folder, 'main.ts'), ...Object.fromEntries(entries) };
}

async function main(): Promise<void> {
  const [out, folder = join(root, 'init')] = process.argv.slice(2);
  if (out === undefined) throw new Error('usage: build-init.ts OUT [FOLDER]');
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  await build({
    entryPoints: unitFiles(resolve(folder)),
    outdir: resolve(out),
    absWorkingDir: root,
    bundle: true,
    external: ['tskit:sys'],
    format: 'esm',
    platform: 'neutral',
    target: 'es2023',
    supported: { 'top-level-await': false },
    // Inlines constants and drops what no unit reaches; names and lines stay readable in stack traces.
    minifySyntax: true,
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'warning',
  });
}

await main();
