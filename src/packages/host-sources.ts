// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TskitError } from '../errors.ts';
import { errnoOf } from '../oci/store-error.ts';
import { debianSources, parseSources, type Source, type SourcesFile, sourcesText } from './sources.ts';

/** Names a file with sources in apt's own formats, for hosts that are not Debian or that should build from elsewhere. */
export const sourcesVariable = 'TSKIT_DEBIAN_SOURCES';

/** Where the package debian-archive-keyring puts its keys (the second name since Debian 13). */
const keyrings = ['/usr/share/keyrings/debian-archive-keyring.gpg', '/usr/share/keyrings/debian-archive-keyring.pgp'];

/** The sources that recipes are built from, as text for apt: those of TSKIT_DEBIAN_SOURCES, else the host's Debian ones. Throws `package`. */
export async function readSources(env: NodeJS.ProcessEnv, etc = '/etc'): Promise<string> {
  const file = env[sourcesVariable];
  const sources = file === undefined || file === '' ? await hostSources(etc) : await givenSources(file);
  return sourcesText(sources, sources.every((source) => source.signedBy !== undefined) ? '' : debianKeyring());
}

async function givenSources(file: string): Promise<readonly Source[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new TskitError('package', `reading Debian sources from "${file}" (${sourcesVariable}): ${reason(error)}`, {
      hint: `name a file that exists in ${sourcesVariable}, or unset it`,
      cause: error,
    });
  }
  const sources = parseSources([{ name: /^\s*deb\s/m.test(text) ? 'given.list' : 'given.sources', text }]);
  if (sources.length === 0) {
    throw new TskitError('package', `Debian sources in "${file}" (${sourcesVariable}): expected one, found none`, {
      hint: 'write lines such as "deb [signed-by=KEYRING] URI SUITE main", as in sources.list(5)',
    });
  }
  return sources;
}

async function hostSources(etc: string): Promise<readonly Source[]> {
  const sources = debianSources(
    parseSources(await sourcesFiles(join(etc, 'apt'))),
    await debianCodename(join(etc, 'os-release')),
  );
  if (sources.length === 0) {
    throw new TskitError('package', `looking for Debian's archives in "${etc}/apt": expected some, found none`, {
      hint: `set ${sourcesVariable} to a file with lines such as "deb [signed-by=KEYRING] URI SUITE main"`,
    });
  }
  return sources;
}

/** The codename of a Debian host; nothing on anything else, derivatives of Debian included: their archives are their own. */
async function debianCodename(osRelease: string): Promise<string | undefined> {
  const text = await readOrEmpty(osRelease);
  return /^ID="?debian"?$/m.test(text) ? /^VERSION_CODENAME="?([a-z]+)"?$/m.exec(text)?.[1] : undefined;
}

async function sourcesFiles(apt: string): Promise<readonly SourcesFile[]> {
  const parts = join(apt, 'sources.list.d');
  const names = existsSync(parts) ? (await readdir(parts)).filter((name) => /\.(list|sources)$/.test(name)).sort() : [];
  const paths = [join(apt, 'sources.list'), ...names.map((name) => join(parts, name))];
  return Promise.all(paths.map(async (path) => ({ name: path, text: await readOrEmpty(path) })));
}

function debianKeyring(): string {
  const keyring = keyrings.find((path) => existsSync(path));
  if (keyring === undefined) {
    throw new TskitError('package', `looking for Debian's archive keys: expected "${keyrings[0]}", found nothing`, {
      hint: 'run `apt-get install debian-archive-keyring`',
    });
  }
  return keyring;
}

async function readOrEmpty(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return '';
    throw new TskitError('package', `reading "${path}": ${reason(error)}`, { cause: error });
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
