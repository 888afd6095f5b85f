// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { SchemaNode } from '../schema-node.ts';

// Types of spec-schema.js, which scripts/generate-spec.ts writes from schema.ts.

/** specSchema of schema.ts, which a valid spec does not pay for. */
export declare function specSchema(): SchemaNode;
/** labelSchema of schema.ts. */
export declare function labelSchema(): SchemaNode;
