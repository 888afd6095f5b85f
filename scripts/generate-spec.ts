// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Rewrites everything that comes from the spec's schema, and the page of examples. Run by `npm run generate`; a unit test fails when a file is stale.

import { writeFileSync } from 'node:fs';
import { generatedFiles } from './spec-files.ts';

for (const [file, content] of generatedFiles()) {
  writeFileSync(new URL(`../${file}`, import.meta.url), content);
}
