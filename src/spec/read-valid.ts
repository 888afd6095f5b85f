// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Diagnostic, specError, withoutConsequences } from './diagnostics.ts';
import { type DocumentNode, plainValue } from './document.ts';
import { readYaml } from './read-yaml.ts';
import { explainSchemaErrors, type ValidatorError } from './schema-errors.ts';
import type { SchemaNode } from './schema-node.ts';
import { Texts } from './texts.ts';

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
  const texts = new Texts();
  texts.add(kind.file, source);
  const { root, problems, unread } = readYaml(source, kind.subject);
  if (root === undefined) throw specError(texts, problems, kind.reference);
  const mistakes = withoutConsequences([...schemaErrors(root, kind), ...kind.check(root)]).filter(
    ({ start }) => !unread.has(start),
  );
  if (problems.length + mistakes.length > 0) throw specError(texts, [...problems, ...mistakes], kind.reference);
  return root;
}

/** The text without a byte order mark: offsets of a document count from there. */
export function withoutMark(text: string): string {
  return text.replace(/^\ufeff/, '');
}

/** What the schema refuses, in words. `isExpected` passes over errors that are none here. */
export function schemaErrors(
  root: DocumentNode,
  { schema, validate }: Pick<DocumentKind, 'schema' | 'validate'>,
  isExpected: (error: ValidatorError) => boolean = () => false,
): readonly Diagnostic[] {
  if (validate(plainValue(root, 'number'))) return [];
  const errors = (validate.errors ?? []).filter((error) => !isExpected(error));
  return explainSchemaErrors(errors, root, schema);
}
