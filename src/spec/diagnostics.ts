// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../errors.ts';
import { formatPath, type Path, type Span } from './document.ts';

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

/** One message at one place, as {@link specError} has it, for what is wrong with a file beside its content as a document. */
export function placedMessage(file: string, source: string, span: Span, message: string): string {
  return formatDiagnostic(file, new LineIndex(source, span.start), diagnostic(span, [], message));
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

/** Columns of a terminal, near enough: one a code point. */
function width(text: string): number {
  return Array.from(text).length;
}

/** Finds lines and columns of offsets up to a last one; a line ends with LF, a CR before it is not part of it. */
class LineIndex {
  readonly #source: string;
  /** Starts of lines, and one past the last line's end of line. */
  readonly #starts: number[] = [0];

  /** Lines after the one with `last` are not looked at: they may be millions. */
  constructor(source: string, last: number) {
    this.#source = source;
    let at = source.indexOf('\n');
    for (; at !== -1 && at <= last; at = source.indexOf('\n', at + 1)) this.#starts.push(at + 1);
    this.#starts.push((at === -1 ? source.length : at) + 1);
  }

  /** Both counted from 1; the column in code points. */
  position(offset: number): { line: number; column: number; lineStart: number } {
    let low = 0;
    let high = this.#starts.length - 2;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    const lineStart = this.#starts[low] ?? 0;
    return { line: low + 1, column: width(this.#source.slice(lineStart, offset)) + 1, lineStart };
  }

  text(line: number): string {
    const start = this.#starts[line - 1] ?? 0;
    const next = this.#starts[line] ?? start;
    return this.#source.slice(start, next - 1).replace(/\r$/, '');
  }
}
