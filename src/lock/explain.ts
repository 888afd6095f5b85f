// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../errors.ts';
import { specError } from '../spec/diagnostics.ts';
import { plainValue } from '../spec/document.ts';
import { readYaml } from '../spec/read-yaml.ts';
import { explainSchemaErrors } from '../spec/schema-errors.ts';
import { validateLock } from './generated/validate-lock.js';
import { lockSchema } from './schema.ts';

/** Why a lock cannot be used, with places. It is read once more as YAML, of which JSON is a part, because that keeps them. */
export function explainLock(text: string, path: string): TskitError {
  const hint = `run \`tskit lock\` after removing "${path}", or restore it from version control`;
  const { root, problems } = readYaml(text, 'a lock');
  const valid = root === undefined || validateLock(plainValue(root, 'number'));
  const mistakes =
    root === undefined || valid ? problems : explainSchemaErrors(validateLock.errors ?? [], root, lockSchema);
  if (mistakes.length === 0) return new TskitError('lock', `reading "${path}": expected JSON, found YAML`, { hint });
  return new TskitError('lock', specError(path, text, mistakes).message, { hint });
}
