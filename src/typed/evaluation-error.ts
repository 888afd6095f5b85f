// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { TskitError } from '../errors.ts';
import { diagnostic, formatDiagnostic, specError } from '../spec/diagnostics.ts';
import type { Span } from '../spec/document.ts';
import { SpecError } from '../spec/spec-error.ts';
import { Texts } from '../spec/texts.ts';
import type { Literal } from './literal.ts';
import type { CodePlace, Failure, Misfit } from './message.ts';
import { spanOf } from './typed-document.ts';

/** The spec's file: as the user named it, its real path, and its text. */
export interface SpecFile {
  readonly spec: string;
  readonly path: string;
  readonly source: string;
}

/** Callers that are shown beside the place itself. */
const mostCallers = 5;

/** An error with the place in the user's code that threw, and where that was called from. */
export async function failureError(failure: Failure, files: SpecFile): Promise<TskitError> {
  const options = { hint: failure.hint ?? 'docs/typed-specs.md describes specs in TypeScript' };
  const [first, ...callers] = failure.missing === undefined ? failure.places : [];
  const file = failure.missing?.file ?? first?.file;
  if (file === undefined) return new TskitError('spec', `${files.spec}: ${failure.message}`, options);
  const source = await textOf(file, files);
  const name = shownName(file, files);
  const span = first === undefined ? spanOfImport(source, failure.missing?.specifier ?? '') : spanAt(source, first);
  const texts = new Texts();
  texts.add(name, source);
  const message = formatDiagnostic(texts, diagnostic(span, [], failure.message));
  const called = callers
    .slice(0, mostCallers)
    .map((place) => `  called at ${shownName(place.file, files)}:${place.line}:${place.column}`);
  const problem = { ...texts.place(span.start), path: '', message: failure.message };
  return new SpecError([message, ...called].join('\n'), [problem], options);
}

/** One error that lists the values that no spec can hold. */
export function misfitError(misfits: readonly Misfit[], files: SpecFile, literal: Literal): TskitError {
  const problems = misfits.map(({ path, message }) => diagnostic(spanOf(literal, path), path, message));
  const texts = new Texts();
  texts.add(files.spec, files.source);
  return specError(texts, problems);
}

async function textOf(file: string, files: SpecFile): Promise<string> {
  if (file === files.path) return files.source;
  return await readFile(file, 'utf8').catch(() => '');
}

/** Relative to the spec as the user named it. */
function shownName(file: string, files: SpecFile): string {
  return file === files.path ? files.spec : join(dirname(files.spec), relative(dirname(files.path), file));
}

/** The word at a place, else one character. */
function spanAt(source: string, { line, column }: CodePlace): Span {
  let start = 0;
  for (let before = 1; before < line; before += 1) start = source.indexOf('\n', start) + 1;
  start += column - 1;
  return { start, end: start + (/^[\w$]+|^./.exec(source.slice(start))?.[0].length ?? 1) };
}

function spanOfImport(source: string, specifier: string): Span {
  const at = [`'${specifier}'`, `"${specifier}"`].map((text) => source.indexOf(text)).find((index) => index !== -1);
  return at === undefined ? { start: 0, end: 0 } : { start: at, end: at + specifier.length + 2 };
}
