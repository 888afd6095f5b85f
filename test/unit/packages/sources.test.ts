// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, it } from 'vitest';
import { debianSources, parseSources, sourcesText } from '../../../src/packages/sources.ts';

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

const deb822 = `
Types: deb deb-src
# A comment within a stanza
URIs: http://mirror.example.com/debian
Suites: bookworm bookworm-updates bookworm-backports
Components: main non-free-firmware
Signed-By: ${keyring}

Types: deb
URIs: http://mirror.example.com/debian-security
Suites: bookworm-security
Components: main
Signed-By: ${keyring}
Check-Valid-Until: no

Enabled: no
Types: deb
URIs: http://mirror.example.com/off
Suites: bookworm
Components: main

Types: deb-src
URIs: http://mirror.example.com/sources
Suites: bookworm
Components: main
`;

function debian(name: string, text: string, codename: string | undefined = 'bookworm'): readonly string[] {
  return debianSources(parseSources([{ name, text }]), codename).map(
    ({ uris, suites, components }) => `${uris.join(' ')} ${suites.join(' ')} ${components.join(' ')}`,
  );
}

describe('sources of a Debian host', () => {
  it('are taken from deb822 stanzas: enabled, binary, of the release and its updates', () => {
    expect(debian('debian.sources', deb822)).toEqual([
      'http://mirror.example.com/debian bookworm bookworm-updates main non-free-firmware',
      'http://mirror.example.com/debian-security bookworm-security main',
    ]);
  });

  it('are taken from one-line entries, with and without options, comments left out', () => {
    const text = [
      '# deb http://mirror.example.com/commented bookworm main',
      'deb http://mirror.example.com/debian bookworm main contrib # the archive',
      'deb-src http://mirror.example.com/debian bookworm main',
      `  deb [ arch=amd64 signed-by=${keyring} ] http://mirror.example.com/debian-security bookworm-security main`,
      'deb [trusted=yes] http://mirror.example.com/old bookworm/updates main',
    ].join('\n');
    expect(debian('sources.list', text)).toEqual([
      'http://mirror.example.com/debian bookworm main contrib',
      'http://mirror.example.com/debian-security bookworm-security main',
      'http://mirror.example.com/old bookworm/updates main',
    ]);
  });

  it.each([
    ['of another key', 'deb [signed-by=/etc/apt/keyrings/docker.asc] https://example.com/debian bookworm main'],
    ['of another suite', 'deb https://example.com/apt nodistro main'],
    ['without a main component', 'deb https://example.com/linux/debian bookworm stable'],
    ['of an exact path', 'deb https://example.com/apt ./'],
  ])('do not include an archive %s', (_, line) => {
    expect(debian('third-party.list', line)).toEqual([]);
  });

  it('do not include a stanza with a key of its own in it', () => {
    const text =
      'Types: deb\nURIs: https://example.com/\nSuites: bookworm\nComponents: main\nSigned-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mDMEY\n';
    expect(debian('own-key.sources', text)).toEqual([]);
  });

  it('that follow an alias count when they name the keyring of Debian', () => {
    const text = `deb [signed-by=${keyring}] http://mirror.example.com/debian stable main`;
    expect(debian('sources.list', text)).toEqual(['http://mirror.example.com/debian stable main']);
    expect(debian('sources.list', 'deb http://mirror.example.com/debian stable main')).toEqual([]);
  });

  it('are on a derivative only those that name the keyring of Debian', () => {
    const own = 'deb http://archive.example.com/ubuntu jammy main';
    const foreign = `deb [signed-by=${keyring}] http://mirror.example.com/debian bookworm main`;
    expect(debianSources(parseSources([{ name: 'x.list', text: `${own}\n${foreign}` }]), undefined)).toMatchObject([
      { uris: ['http://mirror.example.com/debian'] },
    ]);
  });
});

describe('sources for apt', () => {
  it('carry a keyring each and nothing that weakens the checks', () => {
    const sources = parseSources([
      {
        name: 'a.list',
        text: 'deb [trusted=yes allow-insecure=yes check-valid-until=no] http://mirror.example.com/debian bookworm main',
      },
    ]);
    expect(sourcesText(sources, keyring)).toBe(
      `Types: deb\nURIs: http://mirror.example.com/debian\nSuites: bookworm\nComponents: main\nSigned-By: ${keyring}\nCheck-Valid-Until: no\n`,
    );
  });
});
