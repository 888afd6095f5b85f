// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Runs a real tsrun on documents that are slightly wrong and prints, as one JSON line each, what went wrong with one: an end by a
// signal, a wait without end, an error of JavaScript, something left behind. Runs inside the sandbox of container-fuzz.test.ts:
//
//     node fuzz-tsrun.ts TSRUN FOLDER FIRST-SEED COUNT
//
// FOLDER holds the probe, and nothing else of the machine can be written.

import { spawnSync } from 'node:child_process';
import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Json, parseJson, stringifyJson } from '../../init/json.ts';
import { encodeState } from '../../init/runtime/state-file.ts';
import { seccompCacheName } from '../../init/runtime/store.ts';
import { configCorpus } from './config-corpus.ts';
import { mutateBytes, mutateJson, Random } from './mutation.ts';

const [tsrun = '', folder = '', firstSeed = '', count = ''] = process.argv.slice(2);
const root = join(folder, 'state');
const bundle = join(folder, 'bundle');
const id = 'fuzz';
const configs = configCorpus.map((config) => parseJson(stringifyJson(config))) as [Json, ...Json[]];
const state: Json = parseJson(
  encodeState({
    version: 1,
    id,
    ociVersion: '1.3.0',
    bundle,
    rootfs: join(bundle, 'rootfs'),
    created: '2026-01-01T00:00:00Z',
    process: { pid: 99_999, startTime: 12 },
    ownsPids: true,
    cgroup: { v2: '/fuzz' },
    poststop: [{ path: '/bin/true' }],
  }),
);

function mutant(random: Random, document: Json): Uint8Array {
  const text = Buffer.from(stringifyJson(document));
  return random.below(3) === 0 ? mutateBytes(random, text) : Buffer.from(stringifyJson(mutateJson(random, document)));
}

/**
 * Everything that a container could leave behind. Mounts may also go: whoever removes a folder of the machine unmounts what is
 * mounted there in other namespaces.
 */
function surroundings(): readonly string[] {
  const list = (path: string): string[] => readdirSync(path, { recursive: true, encoding: 'utf8' });
  return [
    ...readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name)),
    ...readFileSync('/proc/self/mountinfo', 'utf8').split('\n'),
    ...list('/sys/fs/cgroup').filter((path) => path.endsWith('cgroup.procs')),
    // Compiled filters are kept on purpose.
    ...list(root).filter((path) => !path.startsWith(seccompCacheName)),
  ];
}

/** What is wrong with how a command ended; nothing when it answered. */
function run(...args: readonly string[]): string | undefined {
  const { status, signal, error, stderr } = spawnSync(tsrun, ['--root', root, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    timeout: 20_000,
    killSignal: 'SIGKILL',
  });
  const mistakes =
    /crashed|(Type|Range|Reference|Syntax|Internal)Error|of (undefined|null)|not (a function|an object|iterable|defined)|Sanitizer|runtime error/;
  if (error !== undefined) return `${args[0]}: ${error.message}`;
  if (signal !== null || status === null) return `${args[0]}: ended by ${signal}`;
  if (mistakes.test(stderr)) return `${args[0]}: ${stderr}`;
  return undefined;
}

function freshBundle(config: Uint8Array): void {
  rmSync(bundle, { recursive: true, force: true });
  for (const name of ['proc', 'sys', 'dev', 'etc', 'tmp']) mkdirSync(join(bundle, 'rootfs', name), { recursive: true });
  linkSync(join(folder, 'probe'), join(bundle, 'rootfs/probe'));
  writeFileSync(join(bundle, 'config.json'), config);
}

function fuzzConfig(random: Random): readonly (string | undefined)[] {
  freshBundle(mutant(random, random.pick(configs)));
  const ran = run('run', '--bundle', bundle, id);
  return [ran, run('delete', '--force', id)];
}

function fuzzState(random: Random): readonly (string | undefined)[] {
  mkdirSync(join(root, id), { recursive: true });
  writeFileSync(join(root, id, 'state.json'), mutant(random, state));
  const answers = [run('list'), run('state', id), run('start', id), run('kill', id, '0'), run('delete', '--force', id)];
  rmSync(join(root, id), { recursive: true, force: true });
  return answers;
}

mkdirSync(root, { recursive: true });
const before = new Set(surroundings());
for (let seed = Number(firstSeed); seed < Number(firstSeed) + Number(count); seed += 1) {
  const random = new Random(seed);
  const problems = (random.below(6) === 0 ? fuzzState(random) : fuzzConfig(random)).filter(
    (problem) => problem !== undefined,
  );
  const left = surroundings().filter((thing) => !before.has(thing));
  if (left.length > 0) problems.push(`left behind: ${left.join('; ')}`);
  if (problems.length > 0) console.log(JSON.stringify({ seed, problems }));
  if (left.length > 0) break;
}
console.log('done');
