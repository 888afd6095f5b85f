// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { validatorSource } from './spec-validator.ts';

/** Files that are generated from src/spec/schema.ts: path from the root of the project -> content. */
export function generatedFiles(): ReadonlyMap<string, string> {
  return new Map([['src/spec/generated/validate.js', validatorSource()]]);
}
