// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// A tsrun that is killed at any system call leaves something that "delete --force" removes whole.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cgroupsNamed } from '../support/cgroup-tree.ts';
import { baseConfig, makeBundle, type TestBundle, tsrun } from '../support/container-bundle.ts';
import { buildProbe } from '../support/probe.ts';
import { makeRuntimeRoot, type RuntimeRoot } from '../support/runtime-root.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

const folder = temporaryFolder();
const probe = join(folder.path, 'probe');

beforeAll(() => buildProbe(probe));
afterAll(() => folder[Symbol.dispose]());

/** Every so many system calls of the command under test is one at which it is killed. */
const stride = 4;

/** A system call by its name and how often that was called before and with it. */
type Point = readonly [name: string, time: number];

async function trace(options: readonly string[], command: readonly string[]): Promise<number | undefined> {
  const result = await execa('strace', [...options, tsrun, ...command], { reject: false, stdio: 'ignore' });
  return result.exitCode;
}

/** All system calls of a command that is left alone. */
async function pointsOf(command: readonly string[]): Promise<readonly Point[]> {
  const file = join(folder.path, 'trace');
  await trace(['-o', file], command);
  const counts = new Map<string, number>();
  const names = (await readFile(file, 'utf8')).split('\n').flatMap((line) => /^([a-z0-9_]+)\(/.exec(line)?.[1] ?? []);
  return names.map((name) => {
    const time = (counts.get(name) ?? 0) + 1;
    counts.set(name, time);
    return [name, time];
  });
}

async function killAt([name, time]: Point, command: readonly string[]): Promise<boolean> {
  const options = ['-o', '/dev/null', '-e', `trace=${name}`, '-e', `inject=${name}:signal=KILL:when=${time}`];
  return (await trace(options, command)) !== 0;
}

/** Processes that were started for a container or belong to its cgroup, cgroups of its name in all hierarchies, its folder. */
function leftOf(root: RuntimeRoot, id: string): readonly string[] {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8');
  return [
    ...readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name) && belongsTo(name, id)),
    ...cgroupsNamed(id),
    ...(existsSync(join(root.path, id)) ? [`folder ${id}`] : []),
    ...mounts.split('\n').filter((line) => line.includes(id)),
  ];
}

function belongsTo(pid: string, id: string): boolean {
  try {
    const isDead = /^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
    const texts = ['cmdline', 'cgroup'].map((name) => readFileSync(`/proc/${pid}/${name}`, 'utf8'));
    return !isDead && texts.some((text) => text.includes(id));
  } catch {
    // It has ended.
    return false;
  }
}

/** What a command starts from, and its words. */
interface Scene {
  readonly before: readonly (readonly string[])[];
  readonly command: readonly string[];
}

const scenes: Readonly<Record<string, Scene>> = {
  create: { before: [], command: ['create', '-b', 'BUNDLE', 'ID'] },
  'run --detach': { before: [], command: ['run', '--detach', '-b', 'BUNDLE', 'ID'] },
  start: { before: [['create', '-b', 'BUNDLE', 'ID']], command: ['start', 'ID'] },
  delete: { before: [['create', '-b', 'BUNDLE', 'ID']], command: ['delete', 'ID'] },
  'delete --force': { before: [['run', '-d', '-b', 'BUNDLE', 'ID']], command: ['delete', '--force', 'ID'] },
};

/** Returns at how many points the command was killed; fails when something is left after one. */
async function killEverywhere(root: RuntimeRoot, bundle: TestBundle, scene: Scene): Promise<number> {
  const words = (command: readonly string[], id: string): readonly string[] =>
    command.map((word) => (word === 'BUNDLE' ? bundle.folder : word === 'ID' ? id : word));
  const prepare = async (id: string): Promise<readonly string[]> => {
    for (const command of scene.before) expect((await root.leave(...words(command, id))).exitCode).toBe(0);
    return ['--root', root.path, ...words(scene.command, id)];
  };
  const points = await pointsOf(await prepare(`${bundle.id}-all`));
  await root.ok('delete', '--force', `${bundle.id}-all`);
  let killed = 0;
  for (let index = stride; index < points.length; index += stride) {
    const id = `${bundle.id}-${index}`;
    const point = points[index] ?? ['', 0];
    if (await killAt(point, await prepare(id))) killed += 1;
    const { exitCode, stderr } = await root.run('delete', '--force', id);
    expect({ point, exitCode, stderr }).toEqual({ point, exitCode: 0, stderr: '' });
    await until(`nothing is left after a death at ${point.join(' ')}`, () => leftOf(root, id).length === 0);
  }
  return killed;
}

test.each(Object.keys(scenes))('%s', { timeout: 180_000 }, async (name) => {
  await using root = await makeRuntimeRoot();
  await using bundle = await makeBundle(probe);
  await bundle.write({
    ...baseConfig('--wait=15'),
    hooks: { createRuntime: [{ path: '/bin/true' }], poststart: [{ path: '/bin/true' }] },
  });
  expect(await killEverywhere(root, bundle, scenes[name] ?? { before: [], command: [] })).toBeGreaterThan(10);
});
