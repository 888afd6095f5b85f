// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Finds the Debian mirror that a machine uses, in both formats of apt's sources (sources.list(5)).

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One archive that apt reads binary packages from. */
export interface AptSource {
  readonly uri: string;
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** Path of a keyring; undefined without Signed-By. */
  readonly signedBy: string | undefined;
}

function words(text: string | undefined): string[] {
  return (text ?? '').split(/\s+/).filter((word) => word !== '');
}

/** `deb [signed-by=FILE arch=amd64] URI SUITE COMPONENT...` */
export function parseOneLine(text: string): AptSource[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line);
    if (match === null) return [];
    const [, options, uri = '', suite = '', components] = match;
    const signedBy = words(options)
      .find((option) => option.toLowerCase().startsWith('signed-by='))
      ?.slice('signed-by='.length);
    return [{ uri, suites: [suite], components: words(components), signedBy }];
  });
}

function parseStanza(stanza: string): Map<string, string> {
  const fields = new Map<string, string>();
  let last = '';
  for (const line of stanza.split('\n')) {
    const match = /^([A-Za-z-]+):\s*(.*)$/.exec(line);
    if (match !== null) {
      last = (match[1] ?? '').toLowerCase();
      fields.set(last, match[2] ?? '');
    } else if (/^\s/.test(line)) {
      fields.set(last, `${fields.get(last) ?? ''} ${line.trim()}`);
    }
  }
  return fields;
}

/** deb822: stanzas of fields, with comment lines anywhere. */
export function parseDeb822(text: string): AptSource[] {
  const stanzas = text.replaceAll(/^#.*\n?/gm, '').split(/\n\s*\n/);
  return stanzas.map(parseStanza).flatMap((fields) => {
    if (!words(fields.get('types')).includes('deb') || fields.get('enabled') === 'no') return [];
    const rest = {
      suites: words(fields.get('suites')),
      components: words(fields.get('components')),
      signedBy: fields.get('signed-by'),
    };
    return words(fields.get('uris')).map((uri) => ({ uri, ...rest }));
  });
}

function readSources(etcApt: string): AptSource[] {
  const main = join(etcApt, 'sources.list');
  const parts = join(etcApt, 'sources.list.d');
  const names = existsSync(parts) ? readdirSync(parts).sort() : [];
  const read = (name: string): string => readFileSync(join(parts, name), 'utf8');
  return [
    ...(existsSync(main) ? parseOneLine(readFileSync(main, 'utf8')) : []),
    ...names.filter((name) => name.endsWith('.list')).flatMap((name) => parseOneLine(read(name))),
    ...names.filter((name) => name.endsWith('.sources')).flatMap((name) => parseDeb822(read(name))),
  ];
}

/**
 * URI of the Debian archive that serves this machine's own release. `osRelease` is the text of /etc/os-release, whose
 * VERSION_CODENAME is the suite ("bookworm"); foreign archives that use the same suite name bring a keyring of their own.
 */
export function debianMirror(etcApt: string, osRelease: string): string | undefined {
  const codename = /^VERSION_CODENAME="?([^"\n]+)/m.exec(osRelease)?.[1];
  if (codename === undefined || !/^ID="?debian"?$/m.test(osRelease)) return undefined;
  return readSources(etcApt).find(
    ({ suites, components, signedBy }) =>
      suites.includes(codename) &&
      components.includes('main') &&
      (signedBy === undefined || signedBy.includes('debian-archive')),
  )?.uri;
}
