// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** One way to log in that a 401 offers: "basic" or "bearer" in lower case, and its parameters by lower-case name. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const token = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const parameter = /\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([!#$%&'*+.^_`|~0-9A-Za-z-]+))\s*/y;
const separators = /[\s,]*/y;

/**
 * Parses WWW-Authenticate (RFC 9110 section 11.6.1): several challenges in one header, quoted values with commas and
 * escapes in them. What cannot be read ends the list.
 */
export function parseChallenges(header: string): readonly Challenge[] {
  const challenges: Challenge[] = [];
  let position = skip(header, 0);
  while (position < header.length) {
    token.lastIndex = position;
    const scheme = token.exec(header)?.[0];
    if (scheme === undefined) {
      break;
    }
    const parameters = new Map<string, string>();
    position = readParameters(header, position + scheme.length, parameters);
    challenges.push({ scheme: scheme.toLowerCase(), parameters });
  }
  return challenges;
}

function readParameters(header: string, start: number, parameters: Map<string, string>): number {
  let position = start;
  for (;;) {
    parameter.lastIndex = skip(header, position);
    const match = parameter.exec(header);
    if (match === null) {
      return skip(header, position);
    }
    const [, name = '', quoted, plain = ''] = match;
    parameters.set(name.toLowerCase(), quoted?.replaceAll(/\\(.)/g, '$1') ?? plain);
    position = parameter.lastIndex;
  }
}

function skip(header: string, position: number): number {
  separators.lastIndex = position;
  separators.exec(header);
  return separators.lastIndex;
}
