// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { Composer, CST, type Document, Parser, type YAMLError } from 'yaml';
import { buildDocument } from './build-document.ts';
import { type Diagnostic, diagnostic } from './diagnostics.ts';
import type { DocumentNode } from './document.ts';
import { syntaxMessage } from './yaml-messages.ts';

/** A spec larger than this holds data that belongs into a file of its own; reading it would take seconds. */
export const mostCharacters: number = 4 * 1024 * 1024;
/** Nesting that no spec needs (the deepest key is nine levels down) and every recursive step survives. */
const mostLevels = 64;

/** What the text says, or why it cannot be read. Never throws on any input. */
export type YamlResult =
  | { readonly root: DocumentNode; readonly problems: readonly [] }
  | { readonly root: undefined; readonly problems: readonly Diagnostic[] };

/**
 * Reads one YAML document as gopkg.in/yaml.v3 does, LinuxKit's parser: YAML 1.2 with anchors, merge keys and the numbers of
 * YAML 1.1. Stricter in three ways: a second document, an unknown tag and a duplicate key after a merge are errors.
 *
 * `subject` names what is read in messages: "the spec".
 */
export function readYaml(source: string, subject: string): YamlResult {
  if (source.length > mostCharacters) {
    return failure(
      { start: 0, end: 0 },
      `expected ${subject} to have at most ${mostCharacters / 1024 / 1024} MiB, found ${(source.length / 1024 / 1024).toFixed(1)} MiB`,
    );
  }
  const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u0080-\u0084\u0086-\u009f\ufffe\uffff]/.exec(source);
  if (control !== null) {
    const code = control[0].charCodeAt(0).toString(16).padStart(4, '0');
    return failure(
      { start: control.index, end: control.index + 1 },
      `expected text, found the control character U+${code.toUpperCase()}`,
    );
  }
  const tokens = Array.from(new Parser().parse(source));
  const deep = tooDeep(tokens);
  if (deep !== undefined) {
    return failure({ start: deep, end: deep + 1 }, `expected at most ${mostLevels} levels of nesting, found more`);
  }
  return compose(tokens, source, subject);
}

function failure(span: { start: number; end: number }, message: string): YamlResult {
  return { root: undefined, problems: [diagnostic(span, [], message)] };
}

function compose(tokens: readonly CST.Token[], source: string, subject: string): YamlResult {
  const composer = new Composer({ schema: 'failsafe', uniqueKeys: false, logLevel: 'silent' });
  const documents = Array.from(composer.compose(tokens, true, source.length));
  const errors = documents.flatMap((document) => document.errors);
  if (errors.length > 0) return { root: undefined, problems: onePerLine(errors, source) };
  const filled = documents.filter((document) => !isEmpty(document));
  const [first, second] = filled;
  if (first === undefined)
    return failure({ start: 0, end: 0 }, `expected ${subject}, found nothing but comments and space`);
  if (second?.contents !== undefined && second.contents !== null) {
    const [start, end] = second.contents.range;
    return failure(
      { start, end: Math.min(end, start + 1) },
      'expected one YAML document, found a second one after "---"',
    );
  }
  const { root, problems } = buildDocument(first);
  return problems.length === 0 ? { root, problems: [] } : { root: undefined, problems };
}

function isEmpty(document: Document.Parsed): boolean {
  const { contents } = document;
  return contents === null || (contents.range[0] === contents.range[1] && contents.tag === undefined);
}

/** The offset of the first node that is nested too deep; walks without recursion, since the input may be hostile. */
function tooDeep(tokens: readonly CST.Token[]): number | undefined {
  const stack = tokens.map((token) => ({ token, level: 0 }));
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { token, level } = next;
    if (token.type === 'document' && token.value !== undefined) stack.push({ token: token.value, level });
    if (!CST.isCollection(token)) continue;
    if (level >= mostLevels) return token.offset;
    for (const item of token.items) {
      if (item.key) stack.push({ token: item.key, level: level + 1 });
      if (item.value) stack.push({ token: item.value, level: level + 1 });
    }
  }
  return undefined;
}

/** The first mistake of each line: what follows on the same line is a consequence more often than not. */
function onePerLine(errors: readonly YAMLError[], source: string): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  let covered = -1;
  for (const error of errors.toSorted((a, b) => a.pos[0] - b.pos[0])) {
    const start = Math.min(error.pos[0], source.length);
    if (start <= covered) continue;
    found.push(diagnostic({ start, end: Math.min(error.pos[1], source.length) }, [], syntaxMessage(error, source)));
    const lineEnd = source.indexOf('\n', start);
    covered = lineEnd === -1 ? source.length : lineEnd;
  }
  return found;
}
