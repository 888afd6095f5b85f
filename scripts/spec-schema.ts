// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { specSchema } from '../src/spec/schema.ts';
import { annotations, type SchemaNode } from '../src/spec/schema-node.ts';

/**
 * docs/spec.schema.json: the spec's schema for editors. Our annotations become what yaml-language-server and VS Code show:
 * `patternErrorMessage`, `errorMessage` and texts in `description`.
 */
export function publishedSchema(): string {
  return `${JSON.stringify(publish(specSchema), null, 2)}\n`;
}

function publish(node: SchemaNode): Readonly<Record<string, unknown>> {
  const skipped = new Set<string>(annotations);
  const entries = Object.entries(node).filter(([key]) => !skipped.has(key));
  const { 'x-refused': refusal, 'x-expected': expected, 'x-default': standard } = node;
  const sentences = [
    node.description,
    standard === undefined ? undefined : `Default: ${standard}.`,
    refusal === undefined ? undefined : `This key ${refusal}.`,
  ].filter((sentence) => sentence !== undefined);
  return {
    ...Object.fromEntries(entries.map(([key, value]) => [key, publishValue(key, value)])),
    ...(sentences.length > 0 && { description: sentences.join(' ') }),
    ...(node.pattern !== undefined && expected !== undefined && { patternErrorMessage: `expected ${expected}` }),
    ...(refusal !== undefined && { errorMessage: `this key ${refusal}` }),
  };
}

function publishValue(key: string, value: unknown): unknown {
  if (key === 'properties' || key === 'definitions') {
    const children = Object.entries(value as Readonly<Record<string, SchemaNode>>);
    return Object.fromEntries(children.map(([name, child]) => [name, publish(child)]));
  }
  const isSchema = key === 'items' || (key === 'additionalProperties' && typeof value === 'object');
  return isSchema ? publish(value as SchemaNode) : value;
}
