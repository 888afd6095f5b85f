// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { recipeSchema } from '../src/packages/recipe-schema.ts';
import { generatedCode, newAjv, withoutAnnotations } from './spec-validator.ts';

/** JavaScript (ESM, no imports) that exports validateRecipe; see src/packages/generated/validate-recipe.d.ts. */
export function recipeValidatorSource(): string {
  const ajv = newAjv();
  ajv.addSchema({ ...withoutAnnotations(recipeSchema), $id: 'recipe' });
  return generatedCode(ajv, { validateRecipe: 'recipe' }, 'src/packages/recipe-schema.ts');
}
