// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { parseStanzas } from './control.ts';

/** One archive that packages come from: the part of a sources.list(5) entry that we take over. */
export interface Source {
  readonly uris: readonly string[];
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** Path of the keyring that its Release file must be signed with; absent when the entry does not say. */
  readonly signedBy?: string;
  /** "no" for a frozen mirror, whose Release file is past its date. */
  readonly checkValidUntil?: string;
}

/** A file of apt's sources; the name tells the format: `.sources` (deb822) or the one-line style. */
export interface SourcesFile {
  readonly name: string;
  readonly text: string;
}

/** Every enabled binary source of the files. Options that would weaken apt's checks (trusted, allow-insecure) are left behind. */
export function parseSources(files: readonly SourcesFile[]): readonly Source[] {
  return files.flatMap(({ name, text }) => (name.endsWith('.sources') ? parseDeb822(text) : parseOneLine(text)));
}

function parseDeb822(text: string): readonly Source[] {
  return parseStanzas(text)
    .filter((stanza) => words(stanza.get('types')).includes('deb') && !isNo(stanza.get('enabled')))
    .map((stanza) => ({
      uris: words(stanza.get('uris')),
      suites: words(stanza.get('suites')),
      components: words(stanza.get('components')),
      ...options(stanza.get('signed-by'), stanza.get('check-valid-until')),
    }));
}

/** `deb [option=value ...] uri suite component ...` (sources.list(5), one-line-style format). */
function parseOneLine(text: string): readonly Source[] {
  const sources: Source[] = [];
  for (const line of text.split('\n')) {
    const entry = /^\s*deb\s+(?:\[([^\]]*)\]\s*)?(\S+)\s+(\S+)([^#]*)/.exec(line);
    if (entry === null) continue;
    const [, list = '', uri = '', suite = '', components = ''] = entry;
    const given = new Map(words(list).map((option) => option.split(/=(.*)/s, 2) as [string, string]));
    sources.push({
      uris: [uri],
      suites: [suite],
      components: words(components),
      ...options(given.get('signed-by'), given.get('check-valid-until')),
    });
  }
  return sources;
}

function options(signedBy: string | undefined, checkValidUntil: string | undefined): Partial<Source> {
  return {
    ...(signedBy !== undefined && signedBy !== '' && { signedBy }),
    ...(checkValidUntil !== undefined && { checkValidUntil }),
  };
}

/**
 * Debian's own archives among a host's sources, for the release that the host runs: those that name Debian's keyring, and
 * on Debian those that name none but have the release's suites and its `main`; other people's archives are left out. A host
 * that follows an alias ("stable"), or is no Debian, names no suite after the codename: all sources with Debian's keyring count.
 */
export function debianSources(sources: readonly Source[], codename: string | undefined): readonly Source[] {
  const own = sources.filter(isDebians);
  const suites = new Set([codename, `${codename}-updates`, `${codename}-security`, `${codename}/updates`]);
  const exact = own
    .map((source) => ({ ...source, suites: source.suites.filter((suite) => suites.has(suite)) }))
    .filter((source) => source.suites.length > 0);
  return exact.length > 0 ? exact : own.filter((source) => source.signedBy !== undefined && !isExtra(source));
}

function isDebians(source: Source): boolean {
  if (!source.components.includes('main')) return false;
  return source.signedBy === undefined || /\/debian-archive-[a-z-]*\.(gpg|pgp|asc)$/.test(source.signedBy);
}

/** Backports and what is proposed for the next point release are not what a release ships. */
function isExtra(source: Source): boolean {
  return source.suites.every((suite) => /-(backports|proposed|proposed-updates)/.test(suite));
}

/** The sources as apt reads them (deb822 style), each with a keyring: its own, or `keyring`. */
export function sourcesText(sources: readonly Source[], keyring: string): string {
  return sources
    .map((source) =>
      [
        'Types: deb',
        `URIs: ${source.uris.join(' ')}`,
        `Suites: ${source.suites.join(' ')}`,
        ...(source.components.length > 0 ? [`Components: ${source.components.join(' ')}`] : []),
        `Signed-By: ${source.signedBy ?? keyring}`,
        ...(source.checkValidUntil === undefined ? [] : [`Check-Valid-Until: ${source.checkValidUntil}`]),
        '',
      ].join('\n'),
    )
    .join('\n');
}

function words(text: string | undefined): string[] {
  return (text ?? '').split(/\s+/).filter((word) => word !== '');
}

function isNo(value: string | undefined): boolean {
  return value !== undefined && /^(no|false|without|off|disable|0)$/i.test(value);
}
