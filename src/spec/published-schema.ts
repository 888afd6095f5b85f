// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { specSchema } from './schema.ts';
import { annotations, type SchemaNode } from './schema-node.ts';

/**
 * The spec's schema for editors: docs/spec.schema.json, and what `tskit schema` prints. Our annotations become what VS Code's
 * JSON support and yaml-language-server show: `description`, `markdownDescription`, `patternErrorMessage`, `errorMessage`,
 * and `doNotSuggest` for keys that may not be used.
 */
export function publishedSchema(): string {
  return `${JSON.stringify(publish(specSchema), null, 2)}\n`;
}

function publish(node: SchemaNode): Readonly<Record<string, unknown>> {
  const skipped = new Set<string>(annotations);
  const entries = Object.entries(node).filter(([key]) => !skipped.has(key));
  const { 'x-refused': refusal, 'x-expected': expected } = node;
  const sentences = sentencesOf(node);
  return {
    ...Object.fromEntries(entries.map(([key, value]) => [key, publishValue(key, value)])),
    ...(sentences.length > 0 && {
      description: sentences.join(' '),
      markdownDescription: [...sentences, ...linuxkitNote(node)].join('\n\n'),
    }),
    ...wordsOf(node),
    ...(node.pattern !== undefined && expected !== undefined && { patternErrorMessage: `expected ${expected}` }),
    ...(refusal !== undefined && { errorMessage: `this key ${refusal}`, doNotSuggest: true }),
  };
}

/** Editors offer the words of a pattern that is words or a path, as they do those of an enum. */
function wordsOf({ pattern }: SchemaNode): { readonly examples?: readonly string[] } {
  const words = /^\^\(\|([a-z|]+)\|\/\.\+\)\$$/.exec(pattern ?? '')?.[1];
  return words === undefined ? {} : { examples: words.split('|') };
}

function sentencesOf({ description, 'x-default': standard, 'x-refused': refusal }: SchemaNode): readonly string[] {
  return [
    ...(description === undefined ? [] : [description]),
    ...(standard === undefined ? [] : [`Default: ${standard}.`]),
    ...(refusal === undefined ? [] : [`This key ${refusal}.`]),
  ];
}

function linuxkitNote({ 'x-linuxkit': note }: SchemaNode): readonly string[] {
  return note === undefined ? [] : [`*${note}*`];
}

function publishValue(key: string, value: unknown): unknown {
  if (key === 'properties' || key === 'definitions') {
    const children = Object.entries(value as Readonly<Record<string, SchemaNode>>);
    return Object.fromEntries(children.map(([name, child]) => [name, publish(child)]));
  }
  const isSchema = key === 'items' || (key === 'additionalProperties' && typeof value === 'object');
  return isSchema ? publish(value as SchemaNode) : value;
}
