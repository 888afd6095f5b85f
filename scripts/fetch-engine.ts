// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Fetches the source of the JavaScript engine through apt and unpacks it, verified against native/engine.json.
//
//     node scripts/fetch-engine.ts BUILD      writes BUILD/<tarball> and BUILD/engine/
//
// apt runs on a source list and a state of its own, on the mirror that the machine uses already; /etc/apt is only read. A
// tarball that is in BUILD already is taken, so that a rebuild needs no network and the file may be brought by hand.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import engine from '../native/engine.json' with { type: 'json' };
import { TskitError } from '../src/errors.ts';
import { readSources } from '../src/packages/host-sources.ts';
import { parseSources } from '../src/packages/sources.ts';

function run(program: string, args: readonly string[], cwd: string): void {
  try {
    execFileSync(program, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
  } catch (cause) {
    const said = (cause as { stderr?: string }).stderr?.trim() || String(cause);
    throw new TskitError('package', `running "${program}" for the engine's source: ${said}`, { hint: hintFor(said) });
  }
}

/** Debian 12 as first released has no keys of Debian 13; its updates have. */
function hintFor(said: string): string {
  return /NO_PUBKEY|not signed|EXPKEYSIG/.test(said)
    ? `the installed keys do not know Debian's ${engine.suite}: run \`apt-get install debian-archive-keyring\` for newer ones`
    : `check that apt works ("apt-get update"), or place ${engine.tarball} of Debian's ${engine.suite} in native/build`;
}

/** A deb-src line for the engine's suite, on the archive that this machine's own release comes from. */
async function sourceLine(): Promise<string> {
  const sources = parseSources([{ name: 'host.sources', text: await readSources(process.env) }]);
  // "bookworm", not "bookworm-updates" and not "bookworm-security", which is an archive of its own.
  const main = sources.find(({ suites }) => suites.some((suite) => !/[-/]/.test(suite)));
  const mirror = main?.uris[0];
  if (main === undefined || mirror === undefined) {
    throw new TskitError('package', "looking for Debian's main archive among apt's sources: expected one, found none", {
      hint: `place ${engine.tarball} of Debian's ${engine.suite} in native/build`,
    });
  }
  return `deb-src [signed-by=${main.signedBy}] ${mirror} ${engine.suite} main\n`;
}

async function download(build: string): Promise<void> {
  const line = await sourceLine();
  const state = mkdtempSync(join(build, 'apt-'));
  try {
    for (const folder of ['lists/partial', 'cache/archives/partial'])
      mkdirSync(join(state, folder), { recursive: true });
    writeFileSync(join(state, 'sources.list'), line);
    const options = [
      `-oDir::Etc::SourceList=${state}/sources.list`,
      '-oDir::Etc::SourceParts=/dev/null',
      `-oDir::State::Lists=${state}/lists`,
      `-oDir::Cache=${state}/cache`,
      '-oAPT::Sandbox::User=root',
      '-oAPT::Update::Error-Mode=any',
      '-oAcquire::Languages=none',
      '--quiet',
    ];
    run('apt-get', [...options, 'update'], state);
    run('apt-get', [...options, 'source', '--download-only', '--tar-only', engine.package], state);
    const found = join(state, engine.tarball);
    if (!existsSync(found)) {
      throw new TskitError('package', `fetching "${engine.tarball}": Debian's ${engine.suite} has another version`, {
        hint: 'bring native/engine.json up to date',
      });
    }
    renameSync(found, join(build, engine.tarball));
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
}

function verify(tarball: string): void {
  const found = createHash('sha256').update(readFileSync(tarball)).digest('hex');
  if (found === engine.sha256) return;
  rmSync(tarball);
  throw new TskitError('digest', `verifying "${tarball}": expected sha256 ${engine.sha256}, found ${found}`, {
    hint: 'the file was removed; run again to fetch it anew',
  });
}

function unpack(build: string): void {
  const folder = join(build, 'engine');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  run('tar', ['--strip-components=1', '-C', folder, '-xf', join(build, engine.tarball)], build);
}

async function main(): Promise<void> {
  const build = resolve(process.argv[2] ?? 'native/build');
  const tarball = join(build, engine.tarball);
  mkdirSync(build, { recursive: true });
  if (!existsSync(tarball)) await download(build);
  verify(tarball);
  unpack(build);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof TskitError)) throw error;
  process.stderr.write(`fetch-engine: ${error.message}\n${error.hint === undefined ? '' : `hint: ${error.hint}\n`}`);
  process.exitCode = 1;
}
