// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TskitError } from '../src/errors.ts';
import { readSources } from '../src/packages/host-sources.ts';
import { parseSources } from '../src/packages/sources.ts';

/** What is wanted of which of Debian's suites, and why, for messages. */
export interface DebianSuite {
  readonly suite: string;
  readonly kind: 'deb' | 'deb-src';
  /** "the engine's source". */
  readonly purpose: string;
  /** What to do where apt does not work. */
  readonly hint: string;
}

/** Runs apt-get or apt-cache over one suite and returns what it printed. `cwd` is where downloads go. */
export type Apt = (program: 'apt-get' | 'apt-cache', args: readonly string[], cwd: string) => string;

/**
 * Runs `use` with an apt of its own source list and state, on the archive that the machine uses already: /etc/apt is only
 * read. The state lies in `folder` and is removed at the end. Throws a TskitError 'package' that holds what apt said.
 */
export async function withDebianApt<T>(folder: string, wanted: DebianSuite, use: (apt: Apt) => T): Promise<T> {
  const line = await sourceLine(wanted);
  const state = mkdtempSync(join(folder, 'apt-'));
  try {
    for (const name of ['lists/partial', 'cache/archives/partial']) mkdirSync(join(state, name), { recursive: true });
    writeFileSync(join(state, 'sources.list'), line);
    const apt: Apt = (program, args, cwd) => run(program, [...aptOptions(state), ...args], cwd, wanted);
    apt('apt-get', ['update'], state);
    return use(apt);
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
}

function aptOptions(state: string): readonly string[] {
  return [
    `-oDir::Etc::SourceList=${state}/sources.list`,
    '-oDir::Etc::SourceParts=/dev/null',
    `-oDir::State::Lists=${state}/lists`,
    `-oDir::Cache=${state}/cache`,
    '-oAPT::Sandbox::User=root',
    '-oAPT::Update::Error-Mode=any',
    '-oAcquire::Languages=none',
    '--quiet',
  ];
}

/** Runs a program for something of Debian's; what it said when it failed is in the TskitError. */
function run(program: string, args: readonly string[], cwd: string, { purpose, hint, suite }: DebianSuite): string {
  try {
    return execFileSync(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
  } catch (cause) {
    const said = (cause as { stderr?: string }).stderr?.trim() || String(cause);
    // Debian 12 as first released has no keys of Debian 13; its updates have.
    const newerKeys = `the installed keys do not know Debian's ${suite}: run \`apt-get install debian-archive-keyring\` for newer ones`;
    throw new TskitError('package', `running "${program}" for ${purpose}: ${said}`, {
      hint: /NO_PUBKEY|not signed|EXPKEYSIG/.test(said) ? newerKeys : hint,
    });
  }
}

/** A line for the suite, on the archive that this machine's own release comes from. */
async function sourceLine({ suite, kind, hint }: DebianSuite): Promise<string> {
  const sources = parseSources([{ name: 'host.sources', text: await readSources(process.env) }]);
  // "bookworm", not "bookworm-updates" and not "bookworm-security", which is an archive of its own.
  const main = sources.find(({ suites }) => suites.some((name) => !/[-/]/.test(name)));
  const mirror = main?.uris[0];
  if (main === undefined || mirror === undefined)
    throw new TskitError('package', "looking for Debian's main archive among apt's sources: expected one, found none", {
      hint,
    });
  return `${kind} [signed-by=${main.signedBy}] ${mirror} ${suite} main\n`;
}
