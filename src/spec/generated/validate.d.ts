// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { ValidatorError } from '../schema-errors.ts';

interface Validator {
  (data: unknown): boolean;
  errors?: readonly ValidatorError[] | null;
}

/** Generated from schema.ts by scripts/generate-spec.ts: true when a spec is valid, else its `errors` say why not. */
export declare const validateSpec: Validator;
/** The same for a label. */
export declare const validateLabel: Validator;
