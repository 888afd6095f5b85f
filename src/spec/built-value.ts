// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { dereference } from './schema.ts';
import type { SchemaNode } from './schema-node.ts';

/**
 * A valid value without keys that are refused: they are empty, or validation had failed, and later stages see only what is
 * built. Devices of a class ("all") get the zeros that LinuxKit reads for absent numbers.
 */
export function builtValue(value: unknown, schema: SchemaNode): unknown {
  const place = dereference(schema);
  if (Array.isArray(value)) return value.map((item: unknown) => builtValue(item, place.items ?? {}));
  if (value === null || typeof value !== 'object') return value;
  const defaults = place.$ref === '#/definitions/device' ? { major: 0, minor: 0 } : {};
  const kept = Object.entries(value).flatMap(([key, child]): [string, unknown][] => {
    const childSchema = dereference(place.properties?.[key] ?? {});
    return childSchema['x-refused'] === undefined ? [[key, builtValue(child, childSchema)]] : [];
  });
  return { ...defaults, ...Object.fromEntries(kept) };
}
