// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Fetches the engine's source through apt and unpacks it, verified against engine.json.
//
//     node native/fetch-engine.ts BUILD      writes BUILD/<tarball> and BUILD/engine/
//
// apt runs on a source list and a state of its own, on the mirror that the machine uses already; /etc/apt is only read.
// A tarball that is in BUILD already is taken, so that a rebuild needs no network and the file may be brought by hand.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import engine from './engine.json' with { type: 'json' };
import { debianMirror } from './apt-sources.ts';

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

class FetchError extends Error {}

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

function run(program: string, args: readonly string[], cwd: string): void {
  try {
    execFileSync(program, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
  } catch (cause) {
    const said = (cause as { stderr?: string }).stderr?.trim() ?? String(cause);
    throw new FetchError(`${program} ${args.at(-1)}: ${said}${keyringHint(said)}`);
  }
}

function keyringHint(said: string): string {
  if (!/NO_PUBKEY|not signed|EXPKEYSIG/.test(said)) return '';
  return `\nhint: the installed keys do not know ${engine.suite}; run "apt-get install debian-archive-keyring" for newer ones`;
}

function download(build: string): void {
  const mirror = debianMirror('/etc/apt', readFileSync('/etc/os-release', 'utf8'));
  if (mirror === undefined) {
    throw new FetchError(
      `no Debian archive among apt's sources: expected this release's "main" in /etc/apt, found none` +
        `\nhint: place ${engine.tarball} of Debian ${engine.suite} in ${build}`,
    );
  }
  if (!existsSync(keyring)) {
    throw new FetchError(`no ${keyring}\nhint: run "apt-get install debian-archive-keyring"`);
  }
  const state = mkdtempSync(join(build, 'apt-'));
  try {
    mkdirSync(join(state, 'lists/partial'), { recursive: true });
    mkdirSync(join(state, 'cache/archives/partial'), { recursive: true });
    writeFileSync(join(state, 'sources.list'), `deb-src [signed-by=${keyring}] ${mirror} ${engine.suite} main\n`);
    const options = [
      `-oDir::Etc::SourceList=${state}/sources.list`,
      '-oDir::Etc::SourceParts=/dev/null',
      `-oDir::State::Lists=${state}/lists`,
      `-oDir::Cache=${state}/cache`,
      '-oAPT::Sandbox::User=root',
      '-oAcquire::Languages=none',
      '-oAPT::Update::Error-Mode=any',
    ];
    run('apt-get', [...options, '--quiet', 'update'], state);
    run('apt-get', [...options, '--quiet', 'source', '--download-only', '--tar-only', engine.package], state);
    const found = join(state, engine.tarball);
    if (!existsSync(found)) throw new FetchError(`Debian ${engine.suite} no longer has ${engine.tarball}`);
    renameSync(found, join(build, engine.tarball));
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
}

function verify(tarball: string): void {
  const found = sha256(tarball);
  if (found === engine.sha256) return;
  rmSync(tarball);
  throw new FetchError(`${tarball}: expected sha256 ${engine.sha256}, found ${found}; the file was removed`);
}

function unpack(build: string): void {
  const folder = join(build, 'engine');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  run('tar', ['--strip-components=1', '-C', folder, '-xf', join(build, engine.tarball)], build);
}

function main(): void {
  const build = resolve(process.argv[2] ?? 'build');
  const tarball = join(build, engine.tarball);
  mkdirSync(build, { recursive: true });
  if (!existsSync(tarball)) download(build);
  verify(tarball);
  unpack(build);
}

try {
  main();
} catch (error) {
  if (!(error instanceof FetchError)) throw error;
  process.stderr.write(`fetch-engine: ${error.message}\n`);
  process.exitCode = 1;
}
