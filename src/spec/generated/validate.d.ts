// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Validator } from '../read-valid.ts';

// Types of validate.js, which scripts/generate-spec.ts writes from schema.ts.

export declare const validateSpec: Validator;
export declare const validateLabel: Validator;
