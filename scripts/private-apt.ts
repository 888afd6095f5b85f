// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// apt on a source list and a state of its own, on the mirror that the machine uses already; /etc/apt is only read.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TskitError } from '../src/errors.ts';
import { readSources } from '../src/packages/host-sources.ts';
import { parseSources } from '../src/packages/sources.ts';

export interface AptRequest {
  /** "deb" or "deb-src". */
  readonly type: 'deb' | 'deb-src';
  /** Such as "trixie"; it may be another than the machine's own. */
  readonly suite: string;
  /** Arguments of apt-get after its options; files that it downloads go to the folder that `take` is given. */
  readonly args: readonly string[];
  /** What the download is for, in messages: "the engine's source". */
  readonly purpose: string;
  /** What to do when it cannot be had: "place quickjs.tar.xz in native/build". */
  readonly otherwise: string;
}

/** Runs apt-get in a folder that is removed afterwards, and `take` in between. Throws a TskitError with apt's words. */
export async function withApt<T>(below: string, request: AptRequest, take: (folder: string) => T): Promise<T> {
  const line = await sourceLine(request);
  const folder = mkdtempSync(join(below, 'apt-'));
  try {
    for (const name of ['lists/partial', 'cache/archives/partial']) mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, 'sources.list'), line);
    const options = [
      `-oDir::Etc::SourceList=${folder}/sources.list`,
      '-oDir::Etc::SourceParts=/dev/null',
      `-oDir::State::Lists=${folder}/lists`,
      `-oDir::Cache=${folder}/cache`,
      '-oAPT::Sandbox::User=root',
      '-oAPT::Update::Error-Mode=any',
      '-oAcquire::Languages=none',
      '--quiet',
    ];
    run([...options, 'update'], folder, request);
    run([...options, ...request.args], folder, request);
    return take(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A line for the suite, on the archive that this machine's own release comes from. */
async function sourceLine({ type, suite, otherwise }: AptRequest): Promise<string> {
  const sources = parseSources([{ name: 'host.sources', text: await readSources(process.env) }]);
  // "bookworm", not "bookworm-updates" and not "bookworm-security", which is an archive of its own.
  const main = sources.find(({ suites }) => suites.some((name) => !/[-/]/.test(name)));
  const mirror = main?.uris[0];
  if (main === undefined || mirror === undefined) {
    throw new TskitError('package', "looking for Debian's main archive among apt's sources: expected one, found none", {
      hint: otherwise,
    });
  }
  return `${type} [signed-by=${main.signedBy}] ${mirror} ${suite} main\n`;
}

function run(args: readonly string[], cwd: string, request: AptRequest): void {
  try {
    execFileSync('apt-get', args, { cwd, stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
  } catch (cause) {
    const said = (cause as { stderr?: string }).stderr?.trim() || String(cause);
    throw new TskitError('package', `running "apt-get" for ${request.purpose}: ${said}`, {
      hint: hintFor(said, request),
    });
  }
}

/** Debian 12 as first released has no keys of Debian 13; its updates have. */
function hintFor(said: string, { suite, otherwise }: AptRequest): string {
  return /NO_PUBKEY|not signed|EXPKEYSIG/.test(said)
    ? `the installed keys do not know Debian's ${suite}: run \`apt-get install debian-archive-keyring\` for newer ones`
    : `check that apt works ("apt-get update"), or ${otherwise}`;
}
