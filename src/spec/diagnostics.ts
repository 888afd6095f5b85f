// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../errors.ts';
import { formatPath, type Path, type Span } from './document.ts';
import { LineIndex, width } from './line-index.ts';

/** One mistake in a spec or label. */
export interface Diagnostic extends Span {
  readonly path: Path;
  /** "expected …, found …" */
  readonly message: string;
  /** A question: "did you mean "services"?" */
  readonly suggestion?: string;
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
 * One error that lists `problems` in the order of the text, each as `file:line:col: path: message` with the line and a caret
 * under the token. Two that say the same about the same place, which aliases bring about, are shown once. `reference` is the
 * page that describes the keys.
 */
export function specError(
  file: string,
  source: string,
  problems: readonly Diagnostic[],
  reference = 'docs/spec-reference.md',
): TskitError {
  const sorted = unique(problems.toSorted((a, b) => a.start - b.start || a.end - b.end));
  const first = sorted.slice(0, mostShown);
  const lines = new LineIndex(source, first.at(-1)?.start ?? 0);
  const shown = first.map((problem) => formatDiagnostic(file, lines, problem));
  if (sorted.length > mostShown) shown.push(`… and ${sorted.length - mostShown} more`);
  const heading = sorted.length === 1 ? [] : [`${file} has ${sorted.length} errors`];
  return new TskitError('spec', [...heading, ...shown].join('\n'), {
    hint: `${reference} describes every key`,
  });
}

function unique(problems: readonly Diagnostic[]): readonly Diagnostic[] {
  const seen = new Set<string>();
  return problems.filter((problem) => {
    const key = `${problem.start} ${problem.message}`;
    return !seen.has(key) && seen.add(key);
  });
}

function formatDiagnostic(file: string, lines: LineIndex, problem: Diagnostic): string {
  const { line, column } = lines.position(problem.start);
  const path = problem.path.length === 0 ? '' : `${formatPath(problem.path)}: `;
  const suggestion = problem.suggestion === undefined ? '' : `; ${problem.suggestion}`;
  return `${file}:${line}:${column}: ${path}${problem.message}${suggestion}\n${excerpt(lines, problem)}`;
}

/** The line where `span` starts and carets under as much of it as is on that line. */
function excerpt(lines: LineIndex, span: Span): string {
  const { line, lineStart } = lines.position(span.start);
  const text = lines.text(line);
  const from = span.start - lineStart;
  const left = Math.max(0, from - excerptWidth / 2);
  const before = printable(text.slice(left, from));
  const shown = printable(text.slice(left, left + excerptWidth)).trimEnd();
  const marked = printable(text.slice(from, Math.min(span.end - lineStart, left + excerptWidth)));
  const gutter = ' '.repeat(String(line).length);
  return `  ${line} | ${shown}\n  ${gutter} | ${' '.repeat(width(before))}${'^'.repeat(Math.max(1, width(marked)))}`;
}

/** Tabs as spaces, so that carets line up, and nothing that a terminal would act on. */
function printable(text: string): string {
  return text
    .replaceAll('\t', ' '.repeat(tabWidth))
    .replaceAll(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, '\ufffd');
}
