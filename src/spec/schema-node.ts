// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

export type SchemaType = 'object' | 'array' | 'string' | 'integer' | 'boolean' | 'null';

/**
 * The part of JSON Schema draft-07 that the spec's schema uses, plus annotations for messages and the reference. It stays
 * this small on purpose: no anyOf, so that each mistake has exactly one explanation.
 */
export interface SchemaNode {
  readonly $schema?: string;
  readonly $id?: string;
  readonly $ref?: string;
  readonly title?: string;
  readonly definitions?: Definitions;
  readonly type?: SchemaType | readonly SchemaType[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | SchemaNode;
  readonly items?: SchemaNode;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  /** What belongs here, in words that follow "expected ". Needed wherever a pattern or a bound can fail. */
  readonly 'x-expected'?: string;
  /** What holds when the key is absent, for the reference. */
  readonly 'x-default'?: string;
  /** Where LinuxKit differs, for the reference. */
  readonly 'x-linuxkit'?: string;
  /** Why the key may not be used although it is known. */
  readonly 'x-refused'?: string;
  /** Values of absent keys of a map, where a reader needs a number and LinuxKit reads zero. */
  readonly 'x-zero'?: Readonly<Record<string, number>>;
  /** A map's name in messages about keys that belong there: "a container". */
  readonly 'x-called'?: string;
  /** Unit that a plain number most likely has, for "did you mean". */
  readonly 'x-unit'?: string;
  /** What other tools call this key, for "did you mean". */
  readonly 'x-also'?: readonly string[];
}

/** Annotations that are ours: ajv is told to ignore them, and the published schema translates them. */
export const annotations = [
  'x-expected',
  'x-default',
  'x-linuxkit',
  'x-refused',
  'x-zero',
  'x-called',
  'x-unit',
  'x-also',
] as const;

/** Default of most settings, for the reference. */
export const fromLabel = "the image's label, else none";

const refPrefix = '#/definitions/';

/** Points at a definition of the spec's schema; `own` annotations go before the definition's. */
export function ref(definition: string, own: SchemaNode = {}): SchemaNode {
  return { $ref: refPrefix + definition, ...own };
}

/** Definitions by name, from the root of a schema. */
export type Definitions = Readonly<Record<string, SchemaNode>>;

/** The node that a `$ref` stands for with the annotations beside it, or the node itself. */
export function dereference(node: SchemaNode, definitions: Definitions): SchemaNode {
  const { $ref, ...own } = node;
  return $ref === undefined ? node : { ...definitions[$ref.slice(refPrefix.length)], ...own };
}

/** A map that takes exactly the given keys. */
export function closedMap(
  properties: Readonly<Record<string, SchemaNode>>,
  rest: SchemaNode & Required<Pick<SchemaNode, 'x-expected'>>,
): SchemaNode {
  return { type: 'object', additionalProperties: false, properties, ...rest };
}

/** A list of strings. */
export function strings(rest: SchemaNode, item: SchemaNode = {}): SchemaNode {
  return { type: 'array', 'x-expected': 'a list of strings', ...rest, items: { type: 'string', ...item } };
}

/** A map from free keys to strings. */
export function stringMap(rest: SchemaNode): SchemaNode {
  return {
    type: 'object',
    'x-expected': 'a map of strings',
    ...rest,
    additionalProperties: { type: 'string' },
  };
}

/**
 * A key that is known but may not be used. An empty value asks for nothing and passes: LinuxKit writes `"bindNS": {}` and
 * the like into labels.
 */
export function refused(reason: string, description: string): SchemaNode {
  return {
    type: ['object', 'array', 'string', 'null'],
    maxProperties: 0,
    maxItems: 0,
    pattern: '^$',
    description,
    'x-refused': reason,
  };
}

/** Why a key that nothing implements is refused. */
export const notBuiltReason = 'is not built yet';

/** A key of LinuxKit's or of the plan for tskit that nothing implements so far. */
export function notBuilt(description: string): SchemaNode {
  return refused(notBuiltReason, description);
}

/** A reference to an image. */
export const reference: SchemaNode = {
  type: 'string',
  pattern: '\\S',
  'x-expected': 'an image reference such as "nginx:1.27" or "pkg:busybox"',
};
