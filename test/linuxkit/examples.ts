// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The proof against LinuxKit's own files: takes its linuxkit.yml, examples and test specs from a clone of its repository, puts a stand-in
// with the same label in the place of every image, builds and boots each, and compares what a probe in every container finds with
// what LinuxKit's rules ask for.
//
//     node test/linuxkit/examples.ts REPOSITORY [--only PATTERN] [--also FILE]... [--build-only]

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { mapParallel } from '../../src/oci/parallel.ts';
import { sharedCache } from '../support/boot-build.ts';
import { runTskit } from '../support/cli.ts';
import { buildProbe } from '../support/probe.ts';
import { startRegistry } from '../support/registry.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { bootAndCollect, collectorEntry, collectorImage } from './boot.ts';
import { refused, repairs } from './differences.ts';
import { judge } from './judge.ts';
import { pushKernels } from './kernel-image.ts';
import { packageSettings } from './package-image.ts';
import { hostPathsOf, standInsOf } from './plan.ts';
import { type Result, printResult, printTable } from './results.ts';
import { Snapshot } from './snapshot.ts';
import { changedText, type PlainSpec, plainSpec, referencesOf } from './spec-text.ts';
import { proveTemplates } from './templates.ts';
import { type Destination, pushImage, pushStandIn, standInName, withParents } from './stand-in.ts';

interface Candidate {
  readonly file: string;
  readonly text: string;
  readonly boots: boolean;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string' },
    also: { type: 'string', multiple: true },
    'build-only': { type: 'boolean' },
  },
});
const [repository] = positionals;
if (repository === undefined) throw new Error('expected the path of a clone of LinuxKit’s repository');

const snapshot = await Snapshot.open(repository);
const packages = await packageSettings(snapshot);
const candidates = (await candidatesOf(snapshot)).filter(({ file }) => new RegExp(values.only ?? '').test(file));
using work = temporaryFolder();
await using registry = await startRegistry();
const destination = { host: registry.host, folder: work.path };
await prepareImages(destination);
await prepareHome(work.path);

const results: Result[] = [];
if (new RegExp(values.only ?? '').test('linuxkit-template.yml')) {
  results.push(await proveTemplates(snapshot, repository, work.path));
}
const proven = await eachOf(candidates, async (candidate) => {
  const result = await prove(candidate);
  printResult(result);
  return result;
});
results.push(...proven);
printTable(results);
process.exitCode = results.every(({ ok }) => ok) ? 0 : 1;

/** Two at a time; the results in the items' order. */
function eachOf<Item, Value>(items: readonly Item[], act: (item: Item) => Promise<Value>): Promise<readonly Value[]> {
  return mapParallel(items, 2, new AbortController().signal, act);
}

async function candidatesOf(snapshot: Snapshot): Promise<readonly Candidate[]> {
  const own = snapshot.paths.filter((path) => /^(linuxkit|examples\/[^/]+|test\/cases\/.*)\.yml$/.test(path));
  const files = await Promise.all(own.map(async (file) => ({ file, text: await snapshot.read(file) })));
  const also = (values.also ?? []).map((file) => ({ file, text: readFileSync(file, 'utf8') }));
  return [...files, ...also]
    .filter(({ text }) => /^(kernel|init|onboot|services|onshutdown|files):/m.test(text))
    .map(({ file, text }) => ({ file, text, boots: !file.startsWith('test/') && values['build-only'] !== true }));
}

async function prepareImages(destination: Destination): Promise<void> {
  const specs = candidates.map(({ file, text }) => plainSpec(repaired(file, text)));
  const probe = join(destination.folder, 'probe');
  await buildProbe(probe);
  const program = readFileSync(probe);
  const kernels = new Map<string, Set<string>>();
  for (const { kernel } of specs) {
    if (!kernel?.['image']) continue;
    const files = kernels.get(kernel['image']) ?? new Set();
    kernels.set(kernel['image'], files.add(kernel['binary'] ?? 'kernel').add(kernel['ucode'] ?? ''));
  }
  await ensureKernel(destination.folder);
  await pushKernels(kernels, sharedCache, destination);
  await eachOf([...standInsOf(specs, packages)], ([reference, standIn]) =>
    pushStandIn(reference, standIn, program, destination),
  );
  const busybox = { name: 'bin/busybox', mode: 0o755, data: readFileSync('/bin/busybox') };
  const links = ['sh', 'cp', 'tar', 'sync'].map((name) => ({ name: `bin/${name}`, typeflag: '2', link: 'busybox' }));
  const collector = withParents([busybox, ...links, { name: 'probe', mode: 0o755, data: program }]);
  await pushImage(collectorImage, [{ tar: collector }], { Env: ['PATH=/bin'] }, destination);
}

/** Has pkg:kernel made, whose layers are those of every kernel's stand-in. */
async function ensureKernel(folder: string): Promise<void> {
  const spec = join(folder, 'kernel.yml');
  writeFileSync(spec, 'kernel: { image: "pkg:kernel" }\n');
  const { exitCode, stderr } = await runTskit(['build', '--cache', sharedCache, '--dir', folder, spec], {
    limitMs: 600_000,
  });
  if (exitCode !== 0) throw new Error(stderr);
}

/** Some specs take the user's public key. */
async function prepareHome(folder: string): Promise<void> {
  mkdirSync(join(folder, 'home/.ssh'), { recursive: true });
  writeFileSync(join(folder, 'home/.ssh/id_rsa.pub'), 'ssh-rsa AAAA someone\n');
}

async function prove({ file, text: original, boots }: Candidate): Promise<Result> {
  const text = repaired(file, original);
  const spec = plainSpec(text);
  const result = {
    file,
    containers: 0,
    asAsked: 0,
    differences: [],
    note: text === original ? '' : 'no YAML; repaired',
  };
  const folder = join(work.path, file.replace(/[^A-Za-z0-9]/g, '-'));
  mkdirSync(folder);
  await copySources(file, spec, folder);
  const env = { HOME: join(work.path, 'home') };
  const unchanged = join(folder, `unchanged-${basename(file)}`);
  writeFileSync(unchanged, text);
  const validated = await runTskit(['validate', unchanged], { env, cwd: folder });
  if (validated.exitCode !== 0) {
    return { ...result, validated: validated.stderr, ok: refused.some((pattern) => pattern.test(file)) };
  }
  const copy = join(folder, basename(file));
  const changed = changedText(text, {
    image: (reference) => standInName(registry.host, reference),
    cmdline: (cmdline) => `${cmdline} quiet console=ttyS0`,
    lastEntry: collectorEntry(`${registry.host}/${collectorImage}:latest`, hostPathsOf(spec, packages)),
  });
  writeFileSync(copy, changed);
  const args = ['build', '--init', 'tskit', '--cache', join(work.path, 'cache'), '--dir', folder, copy];
  const started = Date.now();
  const built = await runTskit(args, { env, limitMs: 300_000, cwd: folder });
  if (built.exitCode !== 0) return { ...result, validated: 'yes', built: built.stderr, ok: false };
  if (!boots || spec.kernel === undefined || referencesOf(spec).length < 2) {
    return { ...result, validated: 'yes', built: 'yes', ok: true };
  }
  const builtAfter = (Date.now() - started) / 1000;
  const services = (spec.services ?? []).map(({ name }) => name);
  const boot = await bootAndCollect(copy.replace(/\.ya?ml$/, ''), services, folder);
  const verdict = judge(file, plainSpec(changed), text, packages, boot);
  await execa('rm', ['-rf', folder]);
  const seconds = `built in ${builtAfter.toFixed()} s, all in ${((Date.now() - started) / 1000).toFixed()} s`;
  return {
    ...result,
    validated: 'yes',
    built: 'yes',
    ...verdict,
    note: [result.note, seconds].filter(Boolean).join('; '),
  };
}

function repaired(file: string, text: string): string {
  const found = repairs.find((repair) => repair.file.test(file));
  return found === undefined ? text : text.replace(found.from, found.to);
}

/** Files beside the spec, which `files: source:` may name; what is not there of those becomes a file of some text. */
async function copySources(file: string, spec: PlainSpec, folder: string): Promise<void> {
  const beside = snapshot.paths.filter((path) => dirname(path) === dirname(file) && !/\.ya?ml$/.test(path));
  for (const path of beside) writeFileSync(join(folder, basename(path)), await snapshot.read(path));
  for (const { source, optional } of spec.files ?? []) {
    if (typeof source !== 'string' || optional === true || source.startsWith('~')) continue;
    const target = resolve(folder, source);
    if (existsSync(target)) continue;
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, 'some text\n');
  }
}
