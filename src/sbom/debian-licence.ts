// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash } from 'node:crypto';
import { parseStanzas } from '../packages/control.ts';
import type { SpdxLicence } from './spdx.ts';

/** What a copyright file in Debian's machine-readable format (DEP 5) declares. */
export interface DeclaredLicence {
  /** An SPDX licence expression. */
  readonly expression: string;
  /** Licences in it that SPDX has no name for, with their texts. */
  readonly extracted: readonly SpdxLicence[];
}

/** DEP 5's short names that SPDX writes otherwise; versions of the GNU licences are made by rule. */
const spdxNames: Readonly<Record<string, string>> = {
  'apache-2.0': 'Apache-2.0',
  artistic: 'Artistic-1.0-Perl',
  'artistic-2.0': 'Artistic-2.0',
  'bsd-2-clause': 'BSD-2-Clause',
  'bsd-3-clause': 'BSD-3-Clause',
  'bsd-4-clause': 'BSD-4-Clause',
  'bsl-1.0': 'BSL-1.0',
  'cc0-1.0': 'CC0-1.0',
  curl: 'curl',
  expat: 'MIT',
  ftl: 'FTL',
  isc: 'ISC',
  'mpl-1.1': 'MPL-1.1',
  'mpl-2.0': 'MPL-2.0',
  openssl: 'OpenSSL',
  'python-2.0': 'Python-2.0',
  unlicense: 'Unlicense',
  zlib: 'Zlib',
};

const gnu = /^(a?gpl|lgpl|gfdl)-(\d)(?:\.(\d))?(?:\.0)?(\+)?$/;
const format = /^https?:\/\/(?:www\.)?debian\.org\/doc\/packaging-manuals\/copyright-format\//;

/**
 * The licences that a copyright file declares for the files of a package, all of which hold; undefined for a file that is free text
 * (copyright-format 1.0).
 */
export function declaredLicence(copyright: string): DeclaredLicence | undefined {
  const stanzas = parseStanzas(copyright);
  if (!format.test(stanzas[0]?.get('format') ?? '')) return undefined;
  const texts = new Map<string, string>();
  for (const stanza of stanzas) {
    const [name = '', ...text] = (stanza.get('license') ?? '').split('\n');
    if (text.length > 0 && !texts.has(name.trim())) texts.set(name.trim(), text.join('\n'));
  }
  const declared = stanzas
    .filter((stanza) => stanza.has('files'))
    .map((stanza) => (stanza.get('license') ?? '').split('\n')[0]?.trim() ?? '')
    .filter((name) => name !== '');
  const extracted = new Map<string, SpdxLicence>();
  const expressions = [...new Set(declared)].map((text) => expressionOf(text, texts, extracted));
  const unique = [...new Set(expressions)].sort();
  if (unique.length === 0) return undefined;
  return {
    expression: unique.length === 1 ? (unique[0] ?? '') : unique.map(grouped).join(' AND '),
    extracted: [...extracted.values()],
  };
}

/** "GPL-2+ or Artistic, and BSD-3-clause" -> an expression; "and" after a comma binds less than "or". */
function expressionOf(text: string, texts: ReadonlyMap<string, string>, extracted: Map<string, SpdxLicence>): string {
  const parts = text.split(/,\s*and\s+|\s+and\s+/i).map((part) => {
    const choices = part.split(/,?\s+or\s+/i).map((name) => nameOf(name.trim(), texts, extracted));
    return choices.join(' OR ');
  });
  return parts.length === 1 ? (parts[0] ?? '') : parts.map(grouped).join(' AND ');
}

function grouped(expression: string): string {
  return / (?:OR|AND) /.test(expression) ? `(${expression})` : expression;
}

function nameOf(name: string, texts: ReadonlyMap<string, string>, extracted: Map<string, SpdxLicence>): string {
  const known = spdxNames[name.toLowerCase()] ?? gnuName(name.toLowerCase());
  if (known !== undefined) return known;
  const text = texts.get(name)?.trim() ?? name;
  const clean = name.replaceAll(/[^A-Za-z0-9.-]+/g, '-');
  // The same word stands for other texts in other packages.
  const licenseId = `LicenseRef-${clean}-${createHash('sha256').update(name).update(text).digest('hex').slice(0, 8)}`;
  extracted.set(licenseId, { licenseId, name, extractedText: text });
  return licenseId;
}

function gnuName(name: string): string | undefined {
  const [, family, major, minor = '0', orLater] = gnu.exec(name) ?? [];
  if (family === undefined) return undefined;
  // 2.1 of the LGPL and 1.1 to 1.3 of the GFDL are all that have another minor version than 0.
  return `${family.toUpperCase()}-${major}.${minor}-${orLater === undefined ? 'only' : 'or-later'}`;
}
