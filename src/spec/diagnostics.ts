// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { formatPath, type Path, type Span } from './document.ts';
import { width } from './line-index.ts';
import { SpecError } from './spec-error.ts';
import { formatPlace, type Texts } from './texts.ts';

/** One mistake in a spec or label. */
export interface Diagnostic extends Span {
  readonly path: Path;
  /** "expected …, found …" */
  readonly message: string;
  /** A question: "did you mean "services"?" */
  readonly suggestion?: string;
  /** Keys of which each would end the problem, when the map at `path`, or the one that has its last key, had it. */
  readonly missing?: readonly string[];
  /** The key that an unknown one, the last step of `path`, was likely meant to be. */
  readonly meant?: string;
}

/** More than anyone reads; the rest is counted. */
const mostShown = 100;
/** Columns of an excerpt, so that a line of a megabyte does not fill the terminal. */
const excerptWidth = 100;
const tabWidth = 4;

/** A diagnostic at `span`, without an empty suggestion. */
export function diagnostic(span: Span, path: Path, message: string, suggestion?: string): Diagnostic {
  const { start, end } = span;
  return suggestion === undefined ? { start, end, path, message } : { start, end, path, message, suggestion };
}

/**
 * One error that lists `problems` in the order of the texts, each as `file:line:col: path: message` with the line and a caret
 * under the token. Two that say the same about the same place, which aliases bring about, are shown once. `reference` is the
 * page that describes the keys.
 */
export function specError(
  texts: Texts,
  problems: readonly Diagnostic[],
  reference = 'docs/spec-reference.md',
): SpecError {
  const sorted = unique(problems.toSorted((a, b) => a.start - b.start || a.end - b.end));
  const shown = sorted.slice(0, mostShown).map((problem) => formatDiagnostic(texts, problem));
  if (sorted.length > mostShown) shown.push(`… and ${sorted.length - mostShown} more`);
  const heading = sorted.length === 1 ? [] : [headingOf(texts, sorted)];
  const found = sorted.map(({ start, path, message, suggestion }) => ({
    ...texts.place(start),
    path: formatPath(path),
    message,
    ...(suggestion !== undefined && { suggestion }),
  }));
  return new SpecError([...heading, ...shown].join('\n'), found, { hint: `${reference} describes every key` });
}

/** A mistyped key is one mistake: the unknown key is reported, and that its map lacks the right one is not. */
export function withoutConsequences(found: readonly Diagnostic[]): readonly Diagnostic[] {
  const meant = new Set(
    found.flatMap((one) => (one.meant === undefined ? [] : keyAt(one.path.slice(0, -1), one.meant))),
  );
  const isMeant = (path: Path, key: string): boolean =>
    meant.has(keyAt(path, key)) || meant.has(keyAt(path.slice(0, -1), key));
  return found.filter(({ path, missing }) => missing?.some((key) => isMeant(path, key)) !== true);
}

function keyAt(path: Path, key: string): string {
  return JSON.stringify([...path, key]);
}

function headingOf(texts: Texts, problems: readonly Diagnostic[]): string {
  const files = [...new Set(problems.map(({ start }) => texts.file(start)))];
  const last = files.pop() ?? '';
  return files.length === 0
    ? `${last} has ${problems.length} errors`
    : `${files.join(', ')} and ${last} have ${problems.length} errors`;
}

function unique(problems: readonly Diagnostic[]): readonly Diagnostic[] {
  const seen = new Set<string>();
  return problems.filter((problem) => {
    const key = `${problem.start} ${problem.message}`;
    return !seen.has(key) && seen.add(key);
  });
}

function formatDiagnostic(texts: Texts, problem: Diagnostic): string {
  const path = problem.path.length === 0 ? '' : `${formatPath(problem.path)}: `;
  const suggestion = problem.suggestion === undefined ? '' : `; ${problem.suggestion}`;
  const place = texts.place(problem.start);
  return `${formatPlace(place)}: ${path}${problem.message}${suggestion}\n${excerpt(texts, place.line, problem)}`;
}

/** The line where `span` starts and carets under as much of it as is on that line. */
function excerpt(texts: Texts, line: number, span: Span): string {
  const { text, start } = texts.lineAt(span.start);
  const from = span.start - start;
  const left = Math.max(0, from - excerptWidth / 2);
  const before = printable(text.slice(left, from));
  const shown = printable(text.slice(left, left + excerptWidth)).trimEnd();
  const marked = printable(text.slice(from, Math.min(span.end - start, left + excerptWidth)));
  const gutter = ' '.repeat(String(line).length);
  return `  ${line} | ${shown}\n  ${gutter} | ${' '.repeat(width(before))}${'^'.repeat(Math.max(1, width(marked)))}`;
}

/** Tabs as spaces, so that carets line up, and nothing that a terminal would act on. */
function printable(text: string): string {
  return text
    .replaceAll('\t', ' '.repeat(tabWidth))
    .replaceAll(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, '\ufffd');
}
