// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../../errors.ts';
import { defaultRegistry } from '../reference.ts';

/** A registry that is asked instead of another one. */
export interface Mirror {
  /** As the user gave it, for messages. */
  readonly url: string;
  /** Host with port: logins for it are used, not those of the registry that it stands for. */
  readonly host: string;
  readonly tls: boolean;
  /** What comes before a repository's name, without slashes around it; '' for nothing. */
  readonly path: string;
}

/** By registry as references have it; under `*` what serves all others. */
export type Mirrors = ReadonlyMap<string, Mirror>;

const anyRegistry = '*';
const hubNames = new Set([defaultRegistry, 'index.docker.io', 'registry-1.docker.io']);
const example = 'write docker.io=https://mirror.example.com, or the URL alone for all registries';

/**
 * Reads mirrors in LinuxKit's notation, `[REGISTRY=]http(s)://HOST[:PORT][/PATH]`; of several for one registry the last counts.
 * `option` names what they came from.
 * @throws TskitError `usage` for what is none.
 */
export function parseMirrors(texts: readonly string[], option: string): Mirrors {
  return new Map(texts.map((text) => parseMirror(text, option)));
}

/** The mirror that serves a registry; undefined when the registry itself does. */
export function mirrorOf(mirrors: Mirrors, registry: string): Mirror | undefined {
  return mirrors.get(registry) ?? mirrors.get(anyRegistry);
}

function parseMirror(text: string, option: string): readonly [registry: string, mirror: Mirror] {
  const equals = /^https?:/i.test(text) ? -1 : text.indexOf('=');
  const url = text.slice(equals + 1);
  const registry = equals === -1 ? anyRegistry : text.slice(0, equals).replace(/\/+$/, '');
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
    const shown = text.replace(/\/\/[^/]*@/, '//…@');
    throw invalid(option, 'a URL that begins with http:// or https://', shown);
  }
  // Not shown: there is a password in it.
  if (parsed.username !== '' || parsed.password !== '') {
    throw invalid(option, 'a URL without a login', parsed.origin, `use \`docker login ${parsed.host}\` instead`);
  }
  if (parsed.search !== '' || parsed.hash !== '') throw invalid(option, 'a URL without "?" and "#"', text);
  if (registry === '' || /[/\s]/.test(registry)) throw invalid(option, 'a registry as host[:port] before "="', text);
  const mirror: Mirror = {
    url: `${parsed.origin}${parsed.pathname}`.replace(/\/+$/, ''),
    host: parsed.host,
    tls: parsed.protocol === 'https:',
    path: parsed.pathname.replaceAll(/^\/+|\/+$/g, ''),
  };
  return [hubNames.has(registry) ? defaultRegistry : registry, mirror];
}

function invalid(option: string, expected: string, found: string, hint = example): TskitError {
  return new TskitError('usage', `${option}: expected ${expected}, found "${found}"`, { hint });
}
