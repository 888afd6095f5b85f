// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { Composer, CST, type Document, Parser, type YAMLError } from 'yaml';
import { buildDocument, type YamlResult } from './build-document.ts';
import { type Diagnostic, diagnostic } from './diagnostics.ts';
import type { Span } from './document.ts';
import type { ScalarReaders } from './replace-scalar.ts';
import { keyBelow, syntaxMessage } from './yaml-messages.ts';

/** A spec larger than this holds data that belongs into a file of its own; reading it would take seconds. */
export const mostCharacters: number = 4 * 1024 * 1024;
/** Nesting that no spec needs (the deepest key is nine levels down) and every recursive step survives. */
const mostLevels = 64;

/** How a document is read; all of it may be left out. */
export interface ReadOptions {
  /** Offset of the source's first character. */
  readonly base?: number;
  readonly scalars?: ScalarReaders;
}

/**
 * Reads one YAML document, whatever the text, as gopkg.in/yaml.v3 does, LinuxKit's parser: YAML 1.2 with anchors, merge keys and the numbers of
 * YAML 1.1. Stricter in three ways: a second document, an unknown tag and a duplicate key after a merge are errors.
 *
 * `subject` names what is read in messages: "the spec".
 */
export function readYaml(source: string, subject: string, { base = 0, scalars = {} }: ReadOptions = {}): YamlResult {
  const composed = compose(source, subject);
  if (!Array.isArray(composed)) return buildDocument(composed, { source, base, ...scalars });
  const problems = composed.map((problem) => ({ ...problem, start: problem.start + base, end: problem.end + base }));
  return { root: undefined, problems, unread: new Set(), notes: new Map() };
}

/** The composed document, or why there is none. */
function compose(source: string, subject: string): Document.Parsed | Diagnostic[] {
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
  return composeTokens(tokens, source, subject);
}

function failure(span: Span, message: string): Diagnostic[] {
  return [diagnostic(span, [], message)];
}

function composeTokens(tokens: readonly CST.Token[], source: string, subject: string): Document.Parsed | Diagnostic[] {
  const composer = new Composer({ schema: 'failsafe', uniqueKeys: false, resolveKnownTags: false, logLevel: 'silent' });
  const documents = Array.from(composer.compose(tokens, true, source.length));
  const errors = documents.flatMap((document) => document.errors);
  if (errors.length > 0) return withoutConsequences(errors, source, tokens);
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
  return first;
}

function isEmpty(document: Document.Parsed): boolean {
  const { contents } = document;
  return contents === null || (contents.range[0] === contents.range[1] && contents.tag === undefined);
}

/** The offset of a node that is nested too deep. */
function tooDeep(tokens: readonly CST.Token[]): number | undefined {
  for (const { token, level } of walk(tokens)) {
    if (level >= mostLevels && CST.isCollection(token)) return token.offset;
  }
  return undefined;
}

/** Every node's token with its level; without recursion, since the input may be hostile. */
function* walk(tokens: readonly CST.Token[]): Generator<{ token: CST.Token; level: number }> {
  const stack = tokens.map((token) => ({ token, level: 0 }));
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    yield next;
    const { token, level } = next;
    if (token.type === 'document' && token.value !== undefined) stack.push({ token: token.value, level });
    if (!CST.isCollection(token)) continue;
    for (const item of token.items) {
      if (item.key) stack.push({ token: item.key, level: level + 1 });
      if (item.value) stack.push({ token: item.value, level: level + 1 });
    }
  }
}

/** Without the mistakes on the lines right after another one: they are its consequences more often than not. */
function withoutConsequences(errors: readonly YAMLError[], source: string, tokens: readonly CST.Token[]): Diagnostic[] {
  const found: Diagnostic[] = [];
  let covered = -1;
  for (const error of errors.toSorted((a, b) => a.pos[0] - b.pos[0])) {
    const span = placeOf(error, source, tokens);
    if (error.pos[0] > covered) found.push(diagnostic(span, [], syntaxMessage(error, source)));
    covered = endOfNextLine(source, error.pos[0]);
  }
  return found;
}

function endOfNextLine(source: string, offset: number): number {
  const lineEnd = source.indexOf('\n', offset);
  const nextEnd = lineEnd === -1 ? -1 : source.indexOf('\n', lineEnd + 1);
  return nextEnd === -1 ? source.length : nextEnd;
}

/** Where the user has to look: at the quote that is never closed rather than the end, at a token rather than the space before. */
function placeOf(error: YAMLError, source: string, tokens: readonly CST.Token[]): Span {
  const [start, end] = error.pos;
  if (error.message.startsWith('Missing closing')) {
    for (const { token } of walk(tokens)) {
      const quoted = token.type === 'double-quoted-scalar' || token.type === 'single-quoted-scalar';
      if (quoted && token.offset + token.source.length === start) return { start: token.offset, end: token.offset + 1 };
    }
  }
  const below = keyBelow(error, source);
  if (below !== undefined) return { start: below, end: below + 1 };
  if (error.code !== 'BAD_INDENT' && !error.message.startsWith('Sequence item')) return { start, end };
  const token = start + (/^(?:\s|#[^\n]*\n)*/.exec(source.slice(start))?.[0].length ?? 0);
  return token < source.length ? { start: token, end: token + 1 } : { start, end };
}
