// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Bundles src/ into dist/: tskit.js (checks Node's version, turns on the compile cache) and dist/cli/, where each command
// is a chunk of its own, so that starting one does not read the others.
import { readFileSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';

const root = new URL('..', import.meta.url).pathname;
const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { version: string };

// Bundled beside the old one and swapped in, so that an error here leaves a CLI that works.
const fresh = `${root}dist/cli.new`;
await rm(fresh, { recursive: true, force: true });
await build({
  entryPoints: { main: `${root}src/main.ts`, 'typed-child': `${root}src/typed/child.ts` },
  outdir: fresh,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22.15',
  // The same parser as modules instead of CommonJS: esbuild leaves out what is not used, and it loads in less than half the time.
  alias: { yaml: `${root}node_modules/yaml/browser/dist/index.js` },
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  define: { __TSKIT_VERSION__: JSON.stringify(version) },
  banner: {
    js: "import { createRequire as createRequireForCommonJs } from 'node:module'; const require = createRequireForCommonJs(import.meta.url);",
  },
});

await rm(`${root}dist/cli`, { recursive: true, force: true });
await rename(fresh, `${root}dist/cli`);

// Syntax and calls that every Node with promises has, up to the check: an old one would fail on the first that it does not know.
await writeFile(
  `${root}dist/tskit.js`,
  `// SPDX-License-Identifier: Apache-2.0
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 15)) {
  process.stderr.write('tskit: Node.js 22.15 or later is needed, found ' + process.versions.node + ' at "' + process.execPath + '"\\n');
  process.exitCode = 1;
} else {
  import('node:module').then(({ enableCompileCache }) => {
    enableCompileCache();
    return import('./cli/main.js');
  });
}
`,
);
