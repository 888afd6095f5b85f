// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Diagnostic, specError } from './diagnostics.ts';
import { type DocumentNode, plainValue } from './document.ts';
import { readYaml } from './read-yaml.ts';
import { explainSchemaErrors, type ValidatorError } from './schema-errors.ts';
import type { SchemaNode } from './schema-node.ts';

/** A function that is generated from a schema: true for a valid value, else `errors` say why not. */
export interface Validator {
  (value: unknown): boolean;
  errors?: readonly ValidatorError[] | null;
}

/** A kind of document: how it is called in messages and what makes it valid. */
export interface DocumentKind {
  /** "a spec" */
  readonly subject: string;
  /** Before `:line:col` in messages. */
  readonly file: string;
  /** Page that describes the keys; the spec's unless given. */
  readonly reference?: string;
  /** A root with definitions; `validate` was generated from it. */
  readonly schema: SchemaNode;
  readonly validate: Validator;
  /** What the schema cannot say. */
  readonly check: (root: DocumentNode) => readonly Diagnostic[];
}

/**
 * Reads and checks a YAML document; a byte order mark is no part of it.
 *
 * @throws TskitError 'spec' with every mistake of every kind
 */
export function readValid(text: string, kind: DocumentKind): DocumentNode {
  const source = withoutMark(text);
  const { root, problems } = readYaml(source, kind.subject);
  if (root === undefined) throw specError(kind.file, source, problems, kind.reference);
  const unread = new Set(problems.map((problem) => problem.start));
  const mistakes = [...schemaErrors(root, kind), ...kind.check(root)].filter(({ start }) => !unread.has(start));
  if (problems.length + mistakes.length > 0)
    throw specError(kind.file, source, [...problems, ...mistakes], kind.reference);
  return root;
}

/** The text without a byte order mark: offsets of a document count from there. */
export function withoutMark(text: string): string {
  return text.replace(/^\ufeff/, '');
}

function schemaErrors(root: DocumentNode, { schema, validate }: DocumentKind): readonly Diagnostic[] {
  const valid = validate(plainValue(root, 'number'));
  return valid ? [] : explainSchemaErrors(validate.errors ?? [], root, schema);
}
