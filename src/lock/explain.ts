// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../errors.ts';
import { readValid } from '../spec/read-valid.ts';
import { validateLock } from './generated/validate-lock.js';
import { lockSchema } from './schema.ts';

/** Why a lock cannot be used, with places. It is read once more as YAML, of which JSON is a part, because that keeps them. */
export function explainLock(text: string, path: string): TskitError {
  const hint = `restore "${path}" from version control, or remove it and run \`tskit lock\``;
  try {
    readValid(text, { subject: 'a lock', file: path, schema: lockSchema, validate: validateLock, check: () => [] });
  } catch (error) {
    return new TskitError('lock', error instanceof Error ? error.message : String(error), { hint, cause: error });
  }
  return new TskitError('lock', `reading "${path}": expected JSON, found YAML`, { hint });
}
