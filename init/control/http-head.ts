// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Heads of requests and of answers (RFC 9112).

/** The head of a request. */
export interface HttpRequest {
  readonly method: string;
  /** Without the query, still percent-encoded. */
  readonly path: string;
  readonly query: ReadonlyMap<string, string>;
}

/** Of a head up to and with its empty line; undefined when it is none of HTTP/1.1, or one of a request with a body. */
export function parseRequest(head: string): HttpRequest | undefined {
  const match = /^([A-Z]+) (\/[^ ?]*)(?:\?([^ ]*))? HTTP\/1\.[01]\r\n/.exec(head);
  // A body would be taken for the next request.
  const hasBody = /\r\n(?:Content-Length: *[^0\r ]|Transfer-Encoding:)/i.test(head);
  if (match === null || hasBody) return undefined;
  const [, method = '', path = '', query = ''] = match;
  const pairs = query.split('&').map((pair): [string, string] => {
    const at = pair.indexOf('=');
    return at < 0 ? [pair, ''] : [pair.slice(0, at), decode(pair.slice(at + 1))];
  });
  return { method, path, query: new Map(pairs) };
}

/** Text with %XX, as it is when it is none. */
export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const reasons: Readonly<Record<number, string>> = {
  200: 'OK',
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
};

/** The head of an answer with a body; `more` are further lines, each with its end. */
export function answerHead(status: number, type: string, more: string): string {
  return `HTTP/1.1 ${status} ${reasons[status] ?? ''}\r\nContent-Type: ${type}\r\n${more}\r\n`;
}
