// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Bundles src/ into dist/: cli/main.cjs, the whole CLI as one script, where each command's modules run only when it is asked
// for, cli/validate.cjs, which is one command of it, and tskit.cjs, which starts them (src/launch.ts).
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { build } from 'esbuild';

const root = new URL('..', import.meta.url).pathname;
const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { version: string };

// Bundled beside the old one and swapped in, so that an error here leaves a CLI that works.
const fresh = `${root}dist/cli.new`;
await rm(fresh, { recursive: true, force: true });
await build({
  entryPoints: { main: `${root}src/main.ts`, validate: `${root}src/main-validate.ts` },
  outdir: fresh,
  outExtension: { '.js': '.cjs' },
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node22.15',
  // The same parser as modules instead of CommonJS: esbuild leaves out what is not used, and it loads in less than half the time.
  alias: { yaml: `${root}node_modules/yaml/browser/dist/index.js` },
  minifyWhitespace: true,
  minifySyntax: true,
  // Node shows the line of an exception.
  lineLimit: 160,
  legalComments: 'none',
  define: { __TSKIT_VERSION__: JSON.stringify(version), 'import.meta.url': 'moduleUrl' },
  // An expression: src/launch.ts calls it. Positions in stacks are the file's.
  banner: { js: '(function(require,moduleUrl){"use strict";var module={exports:{}};' },
  footer: { js: '})' },
});
const digest = createHash('sha256')
  .update(readFileSync(`${fresh}/main.cjs`))
  .update(readFileSync(`${fresh}/validate.cjs`))
  .digest('hex');

await rm(`${root}dist/cli`, { recursive: true, force: true });
await rename(fresh, `${root}dist/cli`);

// CommonJS, which starts sooner, in syntax that every Node with promises has: an old one would fail on the first that it does not know.
await build({
  entryPoints: [`${root}src/launch.ts`],
  outfile: `${root}dist/tskit.cjs`,
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node12.20',
  minifyWhitespace: true,
  banner: { js: '// SPDX-License-Identifier: Apache-2.0' },
  define: { __TSKIT_BUILD__: JSON.stringify(digest.slice(0, 16)) },
});
