// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { compilePlace } from './compile-place.ts';
import type { CodePlace, Failure } from './message.ts';
import type { ModuleTrouble } from './module-hooks.ts';

/** What the user is told of something thrown: its message and its places in the user's files. */
export function failureOf(error: unknown, trouble: ModuleTrouble): Failure {
  const message = messageOf(error);
  const code = codeOf(error);
  if (trouble.unreadable !== undefined && trouble.unreadable.error === error) {
    return syntaxFailure(error, trouble.unreadable.file);
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

/**
 * Node's reader of TypeScript draws where the text is wrong instead of saying it, since Node 24 before the stack
 * (":2\nconst y = ;\n          ^"), earlier in the message (" 2 | const y = ;\n   :           ^").
 */
function syntaxFailure(error: unknown, file: string): Failure {
  const text = error instanceof Error ? error.message : String(error);
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const framed = / *x (.*)\n[^]*?\n *(\d+) \| .*\n( *: )( *)\^/.exec(text);
  const message = framed?.[1] ?? text;
  const hint =
    codeOf(error) === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX'
      ? {
          hint: 'types are taken out of the spec and nothing is compiled: enums, namespaces and parameter properties do not work',
        }
      : {};
  if (framed !== null) {
    const place = { file, line: Number(framed[2]), column: (framed[4]?.length ?? 0) + 1 };
    return { message: `SyntaxError: ${message}`, places: [place], ...hint };
  }
  const [, row, drawn] = /^.*:(\d+)\n([^]*?)\n\n/.exec(stack) ?? [];
  const carets = drawn?.split('\n').find((line) => /^ *\^+ *$/.test(line));
  const places = row === undefined ? [] : [{ file, line: Number(row), column: (carets?.indexOf('^') ?? 0) + 1 }];
  return { message: `SyntaxError: ${message}`, places, ...hint };
}
