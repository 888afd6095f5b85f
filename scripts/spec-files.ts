// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { buildYmlValidatorSource, lockValidatorSource, recipeValidatorSource } from './other-validators.ts';
import { referenceText } from './spec-reference.ts';
import { publishedSchema } from '../src/spec/published-schema.ts';
import { validatorSource } from './spec-validator.ts';

/** Files that are generated from schemas: path from the root of the project -> content. */
export function generatedFiles(): ReadonlyMap<string, string> {
  return new Map([
    ['src/spec/generated/validate.js', validatorSource()],
    ['src/packages/generated/validate-recipe.js', recipeValidatorSource()],
    ['src/packages/generated/validate-build-yml.js', buildYmlValidatorSource()],
    ['src/lock/generated/validate-lock.js', lockValidatorSource()],
    ['docs/spec.schema.json', publishedSchema()],
    ['docs/spec-reference.md', referenceText()],
  ]);
}
