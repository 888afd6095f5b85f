// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type ErrorCode, TskitError } from '../../errors.ts';
import type { HttpResponse } from './http-client.ts';
import { isObject } from '../json-fields.ts';
import { TransientError } from '../retry.ts';

const textLimit = 200;

/** For answers that ask to come back later: 408, 429 and the passing ones of 5xx. Undefined for all others. */
export function transientAnswer(response: HttpResponse, act: string): TransientError | undefined {
  const { status } = response;
  if (![408, 425, 429, 500, 502, 503, 504].includes(status)) {
    return undefined;
  }
  const waitMs = retryAfter(response.header('retry-after'));
  return new TransientError(`${act}: ${describeStatus(status)}`, waitMs === undefined ? {} : { waitMs });
}

/** An error for an answer that no second try would change. */
export function answerError(
  status: number,
  body: Uint8Array,
  act: string,
  registry: string,
  loggedIn: boolean,
): TskitError {
  const detail = describeErrors(body);
  const message = `${act}: ${describeStatus(status)}${detail === '' ? '' : `: ${detail}`}`;
  return new TskitError(codeOf(status), message, { hint: hintFor(status, registry, loggedIn) });
}

function codeOf(status: number): ErrorCode {
  if (status === 401 || status === 403) {
    return 'auth';
  }
  return status === 404 ? 'not-found' : 'network';
}

function hintFor(status: number, registry: string, loggedIn: boolean): string {
  if (status === 401 || status === 403) {
    return loggedIn
      ? `the login for ${registry} is not accepted or may not read this image: \`docker login ${registry}\` renews it`
      : `the image does not exist, or needs a login: \`docker login ${registry}\``;
  }
  return status === 404
    ? 'check the spelling of name and tag; a private image may need a login'
    : 'check that this host is a registry';
}

const names: Readonly<Record<number, string>> = {
  400: 'bad request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not found',
  408: 'request timeout',
  429: 'too many requests',
  500: 'internal server error',
  502: 'bad gateway',
  503: 'service unavailable',
  504: 'gateway timeout',
};

function describeStatus(status: number): string {
  const name = names[status];
  return name === undefined ? `status ${status}` : `${status} ${name}`;
}

/** The errors of a registry's JSON answer (distribution spec, Error Codes), printable and short; '' for anything else. */
function describeErrors(body: Uint8Array): string {
  let answer: unknown;
  try {
    answer = JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    return '';
  }
  const errors = isObject(answer) && Array.isArray(answer['errors']) ? answer['errors'] : [];
  const texts = errors.filter(isObject).map(({ code, message }) => [code, message].filter(Boolean).join(' '));
  return texts
    .join('; ')
    .replaceAll(/[\0-\x1f\x7f-\x9f]+/g, ' ')
    .slice(0, textLimit);
}

/** Seconds, or a date (RFC 9110 section 10.2.3). */
function retryAfter(value: string | undefined): number | undefined {
  if (value === undefined) {
    return undefined;
  }
  if (/^\d+$/.test(value)) {
    return Number(value) * 1000;
  }
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
