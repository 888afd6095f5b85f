// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { compilePlace } from './compile-place.ts';
import type { CodePlace, Failure } from './message.ts';
import type { ModuleTrouble } from './module-hooks.ts';
import { syntaxFailure } from './syntax-failure.ts';

/** What the user is told of something thrown: its message and its places in the user's files. */
export function failureOf(error: unknown, trouble: ModuleTrouble): Failure {
  const message = messageOf(error);
  const code = codeOf(error);
  if (trouble.unreadable !== undefined && trouble.unreadable.error === error) {
    return syntaxFailure(trouble.unreadable);
  }
  if (trouble.missing !== undefined && trouble.missing.error === error) {
    const { specifier, file } = trouble.missing;
    return {
      message: `expected a module that is there, found the import ${JSON.stringify(specifier)}`,
      places: [],
      missing: { specifier, file },
    };
  }
  const stack = error instanceof Error && typeof error.stack === 'string' ? error.stack : '';
  const places = [...arrowPlace(stack), ...framePlaces(stack)];
  if (code === 'ERR_ACCESS_DENIED')
    return {
      message: forbidden(error as AccessDenied),
      places,
      hint: 'a spec reads files and computes; what it needs to know of the world comes in by --set',
    };
  const name = /does not provide an export named '(.*)'$/.exec(message)?.[1];
  if (name !== undefined)
    return { message, places, hint: `if that is a type, write \`import { type ${name} }\`: types are taken out` };
  if (places.length > 0 || !(error instanceof SyntaxError)) return { message, places };
  const stumbled = [...trouble.loaded]
    .map(([file, source]) => compilePlace(file, source))
    .find((place) => place !== undefined);
  return { message, places: stumbled === undefined ? [] : [stumbled] };
}

/** Node's error for what its permission model does not allow. */
interface AccessDenied {
  readonly permission?: string;
  readonly resource?: string;
}

function forbidden({ permission, resource }: AccessDenied): string {
  const found = resource ? `${permission} of ${JSON.stringify(resource)}` : String(permission);
  return `expected a spec that does nothing but read files, found ${found}`;
}

function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return `threw ${shown(error)}`;
  const { name, message: text } = error;
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return (name === '' || text === '' ? `${name}${text}` : `${name}: ${text}`) + cause;
}

function shown(value: unknown): string {
  if (typeof value === 'string') return `the string ${JSON.stringify(value)}`;
  return inspect(value, { depth: 2, breakLength: Number.POSITIVE_INFINITY });
}

/** `    at name (file:///a/os.ts:3:7)`, as V8 writes a frame. */
const frame = /^ +at (?:.* \()?(file:\/\/.*):(\d+):(\d+)\)?$/;

function framePlaces(stack: string): readonly CodePlace[] {
  return stack.split('\n').flatMap((line) => {
    const [, url, row, column] = frame.exec(line) ?? [];
    if (url === undefined || isOurs(url)) return [];
    return [{ file: fileURLToPath(url), line: Number(row), column: Number(column) }];
  });
}

/** This file's folder: the code that evaluates is not what the user wrote. */
const ours = new URL('.', import.meta.url).href;

function isOurs(url: string): boolean {
  return url.startsWith(ours);
}

/** The head that Node puts before the stack of an error of linking or compiling: place, line, carets. */
function arrowPlace(stack: string): readonly CodePlace[] {
  const [, url, row, carets] = /^(file:\/\/.*):(\d+)\n.*\n( *)\^+\n/.exec(stack) ?? [];
  if (url === undefined || carets === undefined) return [];
  return [{ file: fileURLToPath(url), line: Number(row), column: carets.length + 1 }];
}
