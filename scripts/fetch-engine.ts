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
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import engine from '../native/engine.json' with { type: 'json' };
import { TskitError } from '../src/errors.ts';
import { withDebianApt } from './debian-apt.ts';

async function download(build: string): Promise<void> {
  const hint = `check that apt works ("apt-get update"), or place ${engine.tarball} of Debian's ${engine.suite} in native/build`;
  const wanted = { suite: engine.suite, kind: 'deb-src', purpose: "the engine's source", hint } as const;
  await withDebianApt(build, wanted, (apt) => {
    const folder = mkdtempSync(join(build, 'source-'));
    try {
      apt('apt-get', ['source', '--download-only', '--tar-only', engine.package], folder);
      const found = join(folder, engine.tarball);
      if (!existsSync(found)) {
        throw new TskitError('package', `fetching "${engine.tarball}": Debian's ${engine.suite} has another version`, {
          hint: 'bring native/engine.json up to date',
        });
      }
      renameSync(found, join(build, engine.tarball));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
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
  execFileSync('tar', ['--strip-components=1', '-C', folder, '-xf', join(build, engine.tarball)]);
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
