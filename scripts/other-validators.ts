// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { lockSchema } from '../src/lock/schema.ts';
import { buildYmlSchema } from '../src/packages/build-yml-schema.ts';
import { recipeSchema } from '../src/packages/recipe-schema.ts';
import type { SchemaNode } from '../src/spec/schema-node.ts';
import { generatedCode, newAjv, withoutAnnotations } from './spec-validator.ts';

/** JavaScript (ESM, no imports) that exports validateRecipe; see src/packages/generated/validate-recipe.d.ts. */
export function recipeValidatorSource(): string {
  return validator(recipeSchema, 'validateRecipe', 'src/packages/recipe-schema.ts');
}

/** The same with validateBuildYml; see src/packages/generated/validate-build-yml.d.ts. */
export function buildYmlValidatorSource(): string {
  return validator(buildYmlSchema, 'validateBuildYml', 'src/packages/build-yml-schema.ts');
}

/** The same with validateLock; see src/lock/generated/validate-lock.d.ts. */
export function lockValidatorSource(): string {
  return validator(lockSchema, 'validateLock', 'src/lock/schema.ts');
}

function validator(schema: SchemaNode, name: string, origin: string): string {
  const ajv = newAjv();
  ajv.addSchema({ ...withoutAnnotations(schema), $id: name });
  return generatedCode(ajv, { [name]: name }, origin);
}
