// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSources } from '../../../src/packages/host-sources.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
const debian = 'ID=debian\nVERSION_CODENAME=bookworm\n';

/** An /etc with these files. */
function etc(root: string, files: Record<string, string>): string {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

describe("a host's sources", () => {
  it('come from sources.list and all of sources.list.d, third parties left out', async () => {
    using folder = temporaryFolder();
    const root = etc(folder.path, {
      'os-release': debian,
      'apt/sources.list': 'deb http://one.example.com/debian bookworm main\n',
      'apt/sources.list.d/two.sources': `Types: deb\nURIs: http://two.example.com/debian-security\nSuites: bookworm-security\nComponents: main\nSigned-By: ${keyring}\n`,
      'apt/sources.list.d/other.list': 'deb [signed-by=/etc/apt/other.gpg] http://other.example.com bookworm main\n',
      'apt/sources.list.d/notes.txt': 'deb http://notes.example.com/debian bookworm main\n',
    });
    const text = await readSources({}, root);
    expect(text.match(/^(URIs|Signed-By): .*$/gm)).toEqual([
      'URIs: http://one.example.com/debian',
      `Signed-By: ${keyring}`,
      'URIs: http://two.example.com/debian-security',
      `Signed-By: ${keyring}`,
    ]);
  });

  it('that are not of Debian are an error that says how to name some', async () => {
    using folder = temporaryFolder();
    const root = etc(folder.path, {
      'os-release': 'ID=ubuntu\nVERSION_CODENAME=jammy\n',
      'apt/sources.list': 'deb http://archive.example.com/ubuntu jammy main\n',
    });
    await expect(readSources({}, root)).rejects.toMatchObject({
      code: 'package',
      hint: expect.stringContaining('TSKIT_DEBIAN_SOURCES'),
    });
  });

  it('are replaced by those of the file that TSKIT_DEBIAN_SOURCES names, of either format', async () => {
    using folder = temporaryFolder();
    const root = etc(folder.path, {
      'a.txt': 'deb [signed-by=/key] http://a.example.com/debian trixie main\n',
      'b.txt': 'Types: deb\nURIs: http://b.example.com/\nSuites: sid\nComponents: main\nSigned-By: /key\n',
      'empty.txt': '# nothing\n',
    });
    const given = (name: string): Promise<string> => readSources({ TSKIT_DEBIAN_SOURCES: join(root, name) }, root);
    expect(await given('a.txt')).toContain('URIs: http://a.example.com/debian\nSuites: trixie');
    expect(await given('b.txt')).toContain('URIs: http://b.example.com/\nSuites: sid');
    await expect(given('empty.txt')).rejects.toMatchObject({ message: expect.stringContaining('found none') });
    await expect(given('missing.txt')).rejects.toMatchObject({ message: expect.stringContaining('ENOENT') });
  });
});
