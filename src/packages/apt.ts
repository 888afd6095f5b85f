// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { TskitError } from '../errors.ts';
import type { DebianRelease } from '../lock.ts';
import { makeFolder } from '../oci/atomic-file.ts';
import { aptError } from './apt-error.ts';
import { parseStanzas, type Stanza } from './control.ts';
import { runTool, type ToolResult } from './tool.ts';

/** A private apt: own state, own configuration, nothing of the host's but the programs. */
export interface Apt {
  /** Folder that holds the state; also what a lock file is named after. */
  readonly state: string;
  readonly architecture: string;
  /** Text of its sources file. */
  readonly sources: string;
  readonly signal: AbortSignal;
}

/** The apt of one architecture and one set of sources, with its state below `root`. Throws `store` for a path that apt cannot take. */
export function locateApt(root: string, architecture: string, sources: string, signal: AbortSignal): Apt {
  const id = createHash('sha256').update(sources).digest('hex').slice(0, 16);
  // apt takes relative paths for relative to each other.
  const state = resolve(root, `${architecture}-${id}`);
  if (/["\n\\]/.test(state)) {
    throw new TskitError('store', `preparing apt in "${state}": apt's configuration cannot hold such a path`, {
      hint: 'choose a folder without quotes, backslashes and line breaks with --cache',
    });
  }
  return { state, architecture, sources, signal };
}

/**
 * Makes its state folder: an empty package database, and a configuration that shuts the host's out (APT_CONFIG is read first
 * and takes away `Dir::Etc::main` and `parts`). Works for any user. Whoever calls this holds the state's lock, since another
 * build's apt reads these files.
 */
export async function prepareApt({ state, architecture, sources }: Apt): Promise<void> {
  for (const folder of ['lists/partial', 'cache/archives/partial', 'etc']) {
    makeFolder(join(state, folder));
  }
  await writeFile(join(state, 'status'), '');
  await writeFile(join(state, 'etc/tskit.sources'), sources);
  await writeFile(join(state, 'apt.conf'), configuration(state, architecture));
}

function configuration(state: string, architecture: string): string {
  const settings: Readonly<Record<string, string>> = {
    Dir: state,
    'Dir::State': state,
    'Dir::State::lists': join(state, 'lists'),
    'Dir::State::status': join(state, 'status'),
    'Dir::State::extended_states': join(state, 'extended_states'),
    'Dir::Cache': join(state, 'cache'),
    'Dir::Cache::archives': join(state, 'cache/archives'),
    // Two thirds of the space: a second copy of the index, and lists that lz4 holds as well.
    'Dir::Cache::srcpkgcache': '',
    'Acquire::GzipIndexes': 'true',
    'Dir::Etc': join(state, 'etc'),
    'Dir::Etc::main': '/dev/null',
    'Dir::Etc::parts': '/dev/null',
    'Dir::Etc::sourcelist': join(state, 'etc/tskit.sources'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::Etc::preferences': '/dev/null',
    'Dir::Etc::preferencesparts': '/dev/null',
    'Dir::Etc::trusted': '/dev/null',
    'Dir::Etc::trustedparts': '/dev/null',
    // Passwords of mirrors are no configuration of apt's: a host that needs them keeps them here.
    'Dir::Etc::netrc': '/etc/apt/auth.conf',
    'Dir::Etc::netrcparts': '/etc/apt/auth.conf.d',
    'Dir::Log': join(state, 'log'),
    'APT::Architecture': architecture,
    'APT::Install-Recommends': 'false',
    'APT::Install-Suggests': 'false',
    'APT::Get::AllowUnauthenticated': 'false',
    'APT::Update::Error-Mode': 'any',
    'Acquire::AllowInsecureRepositories': 'false',
    'Acquire::AllowWeakRepositories': 'false',
    'Acquire::AllowDowngradeToInsecureRepositories': 'false',
    'Acquire::Retries': '3',
    // Root's cache is closed to apt's own user; the files are hashed again before they are used.
    'APT::Sandbox::User': 'root',
  };
  const lists: Readonly<Record<string, string>> = {
    'APT::Architectures': architecture,
    'Acquire::Languages': 'none',
  };
  return [
    ...Object.entries(settings).map(([name, value]) => `${name} "${value}";`),
    ...Object.entries(lists).map(([name, value]) => `${name} { "${value}"; };`),
    '',
  ].join('\n');
}

/** Fetches the archives' current lists. apt checks their signatures. Throws `network` or `package`. */
export async function updateLists(apt: Apt): Promise<void> {
  const result = await run(apt, 'apt-get', ['update', '-q']);
  if (result.code !== 0) throw aptError("reading Debian's package lists", result.stderr, result.code);
}

/** Whether lists were fetched before. */
export async function hasLists(apt: Apt): Promise<boolean> {
  return (await releaseFiles(apt)).length > 0;
}

async function releaseFiles(apt: Apt): Promise<readonly string[]> {
  const names = await readdir(join(apt.state, 'lists'));
  return names.filter((name) => /_(InRelease|Release)$/.test(name)).sort();
}

/** One package that apt would install, in the order in which it would. */
export interface Candidate {
  readonly name: string;
  readonly version: string;
}

/** What apt would install for these names (or `name=version`) on an empty system, recommendations left out. Throws `package`. */
export async function resolvePackages(apt: Apt, requests: readonly string[]): Promise<readonly Candidate[]> {
  const act = `resolving ${requests.map((request) => `"${request}"`).join(', ')}`;
  const result = await run(apt, 'apt-get', ['install', '-s', '-q', '--', ...requests]);
  if (result.code !== 0) throw aptError(act, `${result.stderr}${unmet(result)}`, result.code);
  const planned = result.stdout.toString('utf8').matchAll(/^Inst (\S+) \((\S+) /gm);
  return [...planned].map(([, name = '', version = '']) => ({ name, version }));
}

/** apt explains a conflict on standard output, and says on stderr only that there is one. */
function unmet(result: ToolResult): string {
  const lines = result.stdout.toString('utf8').split('\n');
  const start = lines.findIndex((line) => line.startsWith('The following packages have unmet dependencies'));
  return start < 0
    ? ''
    : lines
        .slice(start + 1)
        .map((line) => `\nE: ${line.trim()}`)
        .filter((line) => line !== '\nE: ')
        .join('');
}

/** The archive's metadata of packages in exact versions, by name; versions that it does not have are missing from the result. */
export async function showPackages(apt: Apt, packages: readonly Candidate[]): Promise<ReadonlyMap<string, Stanza>> {
  if (packages.length === 0) return new Map();
  const names = packages.map(({ name, version }) => `${name}=${version}`);
  // Exit code 100 with output means that some are known and others are not.
  const { stdout } = await run(apt, 'apt-cache', ['show', '-q', '--', ...names]);
  const found = new Map<string, Stanza>();
  const versions = new Map(packages.map(({ name, version }) => [name, version]));
  for (const stanza of parseStanzas(stdout.toString('utf8'))) {
    const name = stanza.get('package') ?? '';
    if (versions.get(name) === stanza.get('version') && !found.has(name)) found.set(name, stanza);
  }
  return found;
}

/** Those of the names that the archive has a package of. */
export async function knownPackages(apt: Apt, names: readonly string[]): Promise<ReadonlySet<string>> {
  const { stdout } = await run(apt, 'apt-cache', ['show', '-q', '--no-all-versions', '--', ...names]);
  return new Set(parseStanzas(stdout.toString('utf8')).map((stanza) => stanza.get('package') ?? ''));
}

/** Downloads packages in exact versions into a folder, under names of apt's choice; apt checks each file against the signed lists. */
export async function downloadPackages(
  apt: Apt,
  packages: readonly Candidate[],
  folder: string,
  onPercent: (percent: number) => void,
): Promise<void> {
  const names = packages.map(({ name, version }) => `${name}=${version}`);
  const result = await run(
    apt,
    'apt-get',
    ['download', '-q', '-o', 'APT::Status-Fd=3', '--', ...names],
    folder,
    (line) => {
      const percent = /^dlstatus:[^:]*:([\d.]+):/.exec(line)?.[1];
      if (percent !== undefined) onPercent(Number(percent));
    },
  );
  if (result.code !== 0) throw aptError('downloading Debian packages', result.stderr, result.code);
}

/** Codename and major version of the release that the lists describe: the suite that is not -updates or -security. Throws `package`. */
export async function readRelease(apt: Apt): Promise<DebianRelease> {
  for (const name of await releaseFiles(apt)) {
    const text = (await readFile(join(apt.state, 'lists', name), 'utf8')).replace(/^-----BEGIN[^]*?\n\n/, '');
    const [stanza] = parseStanzas(text);
    const codename = stanza?.get('codename');
    if (codename === undefined || !/^[a-z]+$/.test(codename)) continue;
    const version = /^\d+/.exec(stanza?.get('version') ?? '')?.[0];
    return version === undefined ? { codename } : { codename, version };
  }
  throw new TskitError('package', `looking for a release's main suite in the lists of "${apt.state}": found none`, {
    hint: 'name the release itself among the sources, not only its -updates or -security',
  });
}

function run(
  apt: Apt,
  program: 'apt-get' | 'apt-cache',
  args: readonly string[],
  cwd?: string,
  onStatus?: (line: string) => void,
): Promise<ToolResult> {
  return runTool(program, args, {
    signal: apt.signal,
    env: { APT_CONFIG: join(apt.state, 'apt.conf') },
    ...(cwd !== undefined && { cwd }),
    ...(onStatus !== undefined && { onStatus }),
  });
}
