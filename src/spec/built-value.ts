// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Definitions, dereference, type SchemaNode } from './schema-node.ts';

/**
 * A valid value without the keys that `schema` refuses (those that are there are empty, or validation had failed), so that
 * later stages see only what is built. `schema` is a root, with definitions.
 */
export function builtValue(value: unknown, schema: SchemaNode): unknown {
  return build(value, schema, schema.definitions ?? {});
}

function build(value: unknown, schema: SchemaNode, definitions: Definitions): unknown {
  const place = dereference(schema, definitions);
  if (Array.isArray(value)) return value.map((item: unknown) => build(item, place.items ?? {}, definitions));
  if (value === null || typeof value !== 'object') return value;
  const kept = Object.entries(value).flatMap(([key, child]): [string, unknown][] => {
    const childSchema = dereference(place.properties?.[key] ?? {}, definitions);
    return childSchema['x-refused'] === undefined ? [[key, build(child, childSchema, definitions)]] : [];
  });
  return { ...place['x-zero'], ...Object.fromEntries(kept) };
}
