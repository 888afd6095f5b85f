// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Validator } from '../../spec/read-valid.ts';

/** Generated from build-yml-schema.ts by scripts/generate-spec.ts: true when a build.yml is valid, else its `errors` say why not. */
export declare const validateBuildYml: Validator;
