// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// How a provider's part asks without a socket of its own: it yields requests that are made at the same time, and gets an answer for
// each. So the same code runs in a guest and in tests against a server of Node's.

import type { Findings, ValueName } from './findings.ts';

/** One request of HTTP. */
export interface Ask {
  readonly method: 'GET' | 'PUT' | 'POST';
  /** Address or name of the server. */
  readonly host: string;
  /** What the Host header says, when it is something else. */
  readonly name?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Of a POST. */
  readonly body?: string;
  /** Bytes that the answer may have; those of a document unless given. */
  readonly most?: number;
  /** From a port below 1024, by which a server knows that root asks. */
  readonly isPrivileged?: true;
}

/** A whole answer. */
export interface Answer {
  readonly status: number;
  /** By names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
  /** The body as UTF-8, made when it is asked for: user data is as good as never. */
  readonly text: string;
}

/** An answer as it came, and its text when somebody wants it. */
export function withText(answer: Omit<Answer, 'text'>, decode: (bytes: Uint8Array) => string): Answer {
  return {
    ...answer,
    get text(): string {
      return decode(answer.body);
    },
  };
}

/** Bytes of an answer that is one value, such as an address or a key. */
export const longestValueAnswer: number = 64 * 1024;

/** An answer, or why there was none ("connect 169.254.169.254:80: ENETUNREACH"), and whether it is useless to try again. */
export type Reply = Answer | { readonly failure: string; readonly isFinal?: true };

/** Yields what is to be asked at the same time, and gets the replies in that order. */
export type Inquiry<T> = Generator<readonly Ask[], T, readonly Reply[]>;

/** "GET http://169.254.169.254/latest/user-data" */
export function describeAsk({ method, host, path }: Ask): string {
  return `${method} http://${host}${path}`;
}

/** A request whose answer is not what it was to be; the message says what was asked, of whom, and what came. */
export class AskError extends Error {
  override readonly name = 'AskError';
  readonly status: number | undefined;

  constructor(ask: Ask, reply: Reply) {
    const found = 'failure' in reply ? reply.failure : `expected status 200, found ${describeStatus(reply)}`;
    super(`${describeAsk(ask)}: ${found}`);
    this.status = 'failure' in reply ? undefined : reply.status;
  }
}

function describeStatus({ status, headers }: Answer): string {
  const location = headers.get('location');
  if (status < 300 || status >= 400 || location === undefined) return String(status);
  return `${status} to ${JSON.stringify(location.slice(0, 200))}, which is not followed`;
}

/** The answer with status 200. Throws an AskError when there is none. */
export function* need(ask: Ask): Inquiry<Answer> {
  const [reply] = yield [ask];
  if (reply === undefined || 'failure' in reply || reply.status !== 200)
    throw new AskError(ask, reply ?? { failure: 'no reply' });
  return reply;
}

/** The answer with status 200; undefined when the server has no such thing (204, 404), or when what came is a problem. */
export function* want(ask: Ask, found: Findings): Inquiry<Answer | undefined> {
  const [answer] = yield* wantAll([ask], found);
  return answer;
}

/** As {@link want}, of several at the same time. */
export function* wantAll(asks: readonly Ask[], found: Findings): Inquiry<readonly (Answer | undefined)[]> {
  const replies = yield asks;
  return asks.map((ask, at) => {
    const reply = replies[at] ?? { failure: 'no reply' };
    if ('failure' in reply || ![200, 204, 404].includes(reply.status)) {
      found.problems.push(new AskError(ask, reply).message);
      return undefined;
    }
    return reply.status === 200 ? reply : undefined;
  });
}

/** Values that have a path each below one folder of a server. */
export function* wantValues(
  folder: Ask,
  paths: readonly (readonly [path: string, ...names: readonly ValueName[]])[],
  found: Findings,
): Inquiry<void> {
  const asks = paths.map(([path]): Ask => ({ ...folder, path: folder.path + path, most: longestValueAnswer }));
  const answers = yield* wantAll(asks, found);
  for (const [at, [, ...names]] of paths.entries()) found.set(answers[at]?.text, ...names);
}
