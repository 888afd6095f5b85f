// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Diagnostic, diagnostic } from './diagnostics.ts';
import {
  type DocumentNode,
  describe,
  keysOf,
  type ListNode,
  type MapNode,
  nodeAt,
  type Path,
  quote,
} from './document.ts';
import { nearestKey } from './nearest-key.ts';
import { type Definitions, dereference, type SchemaNode } from './schema-node.ts';

/** What a generated validator reports: ajv's error object, the part that is used. */
export interface ValidatorError {
  /** JSON pointer (RFC 6901). */
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/**
 * Words for a validator's errors on `root`, at their places. `schema` is the one that the validator was made from, with its
 * definitions.
 */
export function explainSchemaErrors(
  errors: readonly ValidatorError[],
  root: DocumentNode,
  schema: SchemaNode,
): readonly Diagnostic[] {
  return errors.flatMap((error) => explain(error, root, schema));
}

function explain(error: ValidatorError, root: DocumentNode, schema: SchemaNode): readonly Diagnostic[] {
  const path = parsePointer(error.instancePath, root);
  const node = nodeAt(root, path);
  const place = schemaAt(schema, path);
  if (node === undefined) return [];
  if (place['x-refused'] !== undefined) return [refusal(place['x-refused'], path, root)];
  if (error.keyword === 'additionalProperties' && node.kind === 'map') {
    return [unknownKey(String(error.params['additionalProperty']), path, node, place.properties ?? {}, schema)];
  }
  if (error.keyword === 'required') {
    const key = String(error.params['missingProperty']);
    return [missingKey(key, path, node, place.properties?.[key]?.['x-expected'])];
  }
  return [wrongValue(path, node, place)];
}

function refusal(reason: string, path: Path, root: DocumentNode): Diagnostic {
  const parent = nodeAt(root, path.slice(0, -1));
  const key = String(path.at(-1));
  const span = (parent?.kind === 'map' ? parent.entries.get(key)?.key : undefined) ?? root;
  return diagnostic(span, path, `${quote(key)} ${reason}`);
}

/** More keys than this are for the reference, not for a line. */
const mostKnownKeys = 16;

function unknownKey(key: string, path: Path, node: MapNode, known: Definitions, schema: SchemaNode): Diagnostic {
  const names = Object.keys(known);
  const alias = names.find((name) => known[name]?.['x-also']?.includes(key));
  const meant = alias ?? nearestKey(key, names);
  const at = node.entries.get(key)?.key ?? node;
  const message = `expected a known key, found ${quote(key)}`;
  if (meant !== undefined)
    return { ...diagnostic(at, [...path, key], message, `did you mean ${quote(meant)}?`), meant };
  const elsewhere = placeOfKey(key, schema);
  if (elsewhere !== undefined) return diagnostic(at, [...path, key], message, `${quote(key)} belongs in ${elsewhere}`);
  const usable = names.filter((name) => known[name]?.['x-refused'] === undefined);
  const list = usable.length <= mostKnownKeys ? `known here: ${usable.join(', ')}` : undefined;
  return diagnostic(at, [...path, key], message, list);
}

/** Where else `key` is known, for someone who wrote it at the wrong level. */
function placeOfKey(key: string, schema: SchemaNode): string | undefined {
  const places = [schema, ...Object.values(schema.definitions ?? {})];
  return places.find((place) => place['x-called'] !== undefined && Object.hasOwn(place.properties ?? {}, key))?.[
    'x-called'
  ];
}

function missingKey(key: string, path: Path, node: DocumentNode, wanted: string | undefined): Diagnostic {
  const words = wanted === undefined ? '' : ` with ${wanted}`;
  return { ...diagnostic(node, path, `expected the key ${quote(key)}${words}, found ${keysOf(node)}`), missing: [key] };
}

function wrongValue(path: Path, node: DocumentNode, place: SchemaNode): Diagnostic {
  return diagnostic(node, path, `expected ${expected(place)}, found ${describe(node)}`, suggest(node, place));
}

const typeWords: Readonly<Record<string, string>> = {
  object: 'a map',
  array: 'a list',
  string: 'a string',
  integer: 'an integer',
  boolean: 'true or false',
  null: 'nothing',
};

function expected(place: SchemaNode): string {
  return (
    place['x-expected'] ??
    typesOf(place)
      .map((type) => typeWords[type] ?? type)
      .join(' or ')
  );
}

function typesOf(place: SchemaNode): readonly string[] {
  return typeof place.type === 'string' ? [place.type] : (place.type ?? []);
}

/** What the user most likely meant, when the value shows it. */
function suggest(node: DocumentNode, place: SchemaNode): string | undefined {
  const types = typesOf(place);
  if (node.kind === 'list') return types.includes('string') ? onlyEntry(node) : undefined;
  if (node.kind === 'map') return undefined;
  if (node.value === null) {
    if (types.includes('array')) return 'write [] for an empty list';
    return place['x-default'] === undefined ? undefined : 'leave the key out for the default';
  }
  // A variable stays one in what is suggested.
  const written = node.written ?? node.source;
  const unit = place['x-unit'];
  if (unit !== undefined && /^[0-9]+$/.test(node.source)) return `did you mean ${quote(written + unit)}?`;
  if (types.includes('array') && !types.includes('string')) return `did you mean [${quote(written)}]?`;
  // YAML 1.1's other word for it.
  if (node.value === false && place.pattern !== undefined && new RegExp(place.pattern).test('no')) {
    return 'did you mean "no"?';
  }
  if (types.includes('boolean') && /^(yes|no|on|off|y|n)$/i.test(node.source)) {
    return `did you mean ${/^(yes|on|y)$/i.test(node.source)}?`;
  }
  if (place.enum !== undefined) {
    const word = nearestKey(node.source, place.enum);
    return word === undefined ? undefined : `did you mean ${quote(word)}?`;
  }
  if (types.includes('string') && !types.includes('integer') && typeof node.value !== 'string')
    return `did you mean ${quote(written)}, in quotes?`;
  if (types.includes('integer') && typeof node.value === 'string' && /^[0-9]+$/.test(node.value)) {
    return `did you mean ${written}, without quotes?`;
  }
  return undefined;
}

/** A list of one where no list belongs. */
function onlyEntry({ items: [entry, ...others] }: ListNode): string | undefined {
  const isText = entry?.kind === 'scalar' && typeof entry.value === 'string' && others.length === 0;
  return isText ? `did you mean ${quote(entry.source)}, without brackets?` : undefined;
}

/** The schema at `path` below the root `schema`, with its references followed; an empty one where it says nothing. */
function schemaAt(schema: SchemaNode, path: Path): SchemaNode {
  const definitions = schema.definitions ?? {};
  let place = resolved(schema, definitions);
  for (const step of path) {
    const properties = place.properties ?? {};
    const named =
      typeof step !== 'string' ? place.items : Object.hasOwn(properties, step) ? properties[step] : undefined;
    const open = typeof place.additionalProperties === 'object' ? place.additionalProperties : {};
    place = resolved(named ?? open, definitions);
  }
  return place;
}

/** The node with its reference followed, and those of its properties. */
function resolved(node: SchemaNode, definitions: Definitions): SchemaNode {
  const place = dereference(node, definitions);
  const properties = Object.entries(place.properties ?? {}).map(([key, child]) => [
    key,
    dereference(child, definitions),
  ]);
  return { ...place, properties: Object.fromEntries(properties) };
}

/** RFC 6901; whether a step is an index depends on what stands there. */
function parsePointer(pointer: string, root: DocumentNode): Path {
  const path: (string | number)[] = [];
  for (const part of pointer.split('/').slice(1)) {
    const step = part.replaceAll('~1', '/').replaceAll('~0', '~');
    path.push(nodeAt(root, path)?.kind === 'list' ? Number(step) : step);
  }
  return path;
}
