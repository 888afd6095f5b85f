// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../errors.ts';
import { quote, type Span } from './document.ts';
import type { Variables } from './variables.ts';

/** What scalars of values mean beyond YAML; keys mean what they say. */
export interface ScalarReaders {
  /** The variables of a document with this header, the key `variables`; undefined when dollars are to stay. */
  readonly variables?: (header: ReadonlyMap<string, string | null> | undefined) => Variables | undefined;
  /** The text that stands for `@pkg:PATH`; throws a TskitError that says why there is none. */
  readonly template?: (path: string) => string;
}

/** A scalar that is to be replaced: its text as YAML has it, where it stands, and the document's text from an offset on. */
export interface WrittenScalar {
  readonly written: string;
  readonly span: Span;
  readonly source: string;
  readonly base: number;
}

export interface ReplacedScalar {
  readonly text: string;
  /** Was nothing but one variable, so that the type of its value is open. */
  readonly isWhole: boolean;
  /** What messages about the value should add. */
  readonly note?: string;
  readonly mistakes: readonly (Span & { readonly message: string; readonly suggestion?: string | undefined })[];
}

const templatePrefix = '@pkg:';

/** The scalar with variables and a template replaced; what cannot be replaced stays. */
export function replaceScalar(
  scalar: WrittenScalar,
  variables: Variables | undefined,
  template: ScalarReaders['template'],
): ReplacedScalar {
  const { written } = scalar;
  const substituted = variables?.substitute(written);
  const { text = written, isWhole = false } = substituted ?? {};
  const mistakes = (substituted?.mistakes ?? []).map(({ index, length, message, suggestion }) => {
    return { ...partOf(scalar, index, length), message, suggestion };
  });
  const note = substituted?.note === undefined ? {} : { note: substituted.note };
  const isWritten = isTemplate(written);
  // Whoever sets a variable would make git read folders that the spec does not name.
  if (!isWritten && isTemplate(text)) {
    const message = `expected no template from a variable, found ${quote(text)}`;
    return { text, isWhole, ...note, mistakes: [...mistakes, { ...scalar.span, message }] };
  }
  if (!isWritten || mistakes.length > 0 || template === undefined) return { text, isWhole, ...note, mistakes };
  try {
    return { text: template(text.slice(templatePrefix.length)), isWhole: false, ...note, mistakes };
  } catch (error) {
    if (!(error instanceof TskitError)) throw error;
    return { text, isWhole, ...note, mistakes: [{ ...scalar.span, message: error.message, suggestion: error.hint }] };
  }
}

/** A text of several lines is the content of a file. */
function isTemplate(text: string): boolean {
  return text.startsWith(templatePrefix) && !text.includes('\n');
}

/** Where a part of a scalar stands, when it is written there as it is read: without escapes, folded lines and the like. */
function partOf({ written, span, source, base }: WrittenScalar, index: number, length: number): Span {
  const at = source.slice(span.start - base, span.end - base).indexOf(written);
  const start = span.start + at + index;
  return at === -1 ? span : { start, end: start + length };
}
