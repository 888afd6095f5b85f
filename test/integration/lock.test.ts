// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Lock } from '../../src/lock.ts';
import { asNobody, runTskit } from '../support/cli.ts';
import { createArchive, type DebianArchive, serveArchive, writeSources } from '../support/debian-archive.ts';
import { writeRecipe } from '../support/recipe-workspace.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const workspace = temporaryFolder();
let archive: DebianArchive;
let server: Awaited<ReturnType<typeof serveArchive>>;

beforeAll(async () => {
  archive = createArchive(workspace.path);
  server = await serveArchive(archive);
  for (const name of ['one', 'two']) writeRecipe(workspace.path, name, `packages: [${name}-tool]\n`);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  archive[Symbol.dispose]();
  workspace[Symbol.dispose]();
});

/** Makes the archive have these versions of both tools. */
function publish(version: string): void {
  archive.publish(
    ['one', 'two'].map((name) => ({ name: `${name}-tool`, version, files: { [`usr/bin/${name}`]: version } })),
  );
}

/** Writes a spec whose onboot entries are these recipes. */
function spec(file: string, ...names: string[]): void {
  const entries = names.map((name) => `  - {name: ${name}, image: "pkg:./${name}", command: [/usr/bin/${name}]}\n`);
  writeFileSync(join(workspace.path, file), `onboot:\n${entries.join('')}`);
}

function environment(): Record<string, string> {
  const sources = writeSources(join(workspace.path, 'sources'), server.url, archive.keyring);
  return { no_proxy: '127.0.0.1', TSKIT_DEBIAN_SOURCES: sources };
}

async function tskit(...args: string[]): Promise<{ exitCode: number | undefined; stdout: string; stderr: string }> {
  return runTskit([...args, '--cache', join(workspace.path, 'cache')], {
    cwd: workspace.path,
    env: environment(),
  });
}

function lockedVersions(): Record<string, string | undefined> {
  const lock = JSON.parse(readFileSync(join(workspace.path, 'tskit.lock'), 'utf8')) as Lock;
  return Object.fromEntries(
    Object.entries(lock.recipes).map(([name, pins]) => [name, Object.values(pins)[0]?.packages[0]?.version]),
  );
}

describe('tskit lock', () => {
  it('pins what a spec names, adds to the pins of other specs, and re-pins only with --update', async () => {
    publish('1.0');
    spec('one.yml', 'one');
    spec('both.yml', 'one', 'two');
    expect(await tskit('lock', 'one.yml')).toMatchObject({
      exitCode: 0,
      stdout: 'tskit.lock',
      stderr: expect.stringContaining('pkg:./one (linux/amd64): one-tool 1.0'),
    });
    expect(lockedVersions()).toEqual({ 'pkg:./one': '1.0' });

    publish('2.0');
    expect((await tskit('lock', 'both.yml')).exitCode).toBe(0);
    expect(lockedVersions()).toEqual({ 'pkg:./one': '1.0', 'pkg:./two': '2.0' });

    const updated = await tskit('lock', '--update', 'one.yml');
    expect(updated.stderr).toContain('pkg:./one (linux/amd64): one-tool 1.0 -> 2.0');
    expect(lockedVersions()).toEqual({ 'pkg:./one': '2.0', 'pkg:./two': '2.0' });
  });

  it('decides what a build uses: what it lacks and what left the archive are errors that say what to run', async () => {
    publish('1.0');
    spec('one.yml', 'one');
    spec('both.yml', 'one', 'two');
    writeFileSync(join(workspace.path, 'tskit.lock'), '{"version": 1, "images": {}, "recipes": {}}');
    const missing = await tskit('build', 'both.yml');
    expect(missing).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('expected it in tskit.lock') });
    expect(missing.stderr).toContain('hint: run `tskit lock` on this spec to add it');

    expect((await tskit('lock', 'both.yml')).exitCode).toBe(0);
    publish('3.0');
    const vanished = await tskit('build', 'both.yml');
    expect(vanished).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/"(one|two)-tool" 1\.0: expected/) });
    expect(vanished.stderr).toContain('hint: run `tskit lock --update`');

    expect((await tskit('lock', '--update', 'both.yml')).exitCode).toBe(0);
    expect(await tskit('build', 'both.yml')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('both-initrd.img'),
    });
  });

  it('and a build work for a user who is not root, who gets the same lock', async () => {
    publish('1.0');
    spec('one.yml', 'one');
    expect((await tskit('lock', '--update', 'one.yml')).exitCode).toBe(0);
    // apt's check of the keyring asks with access(2), for which capabilities do not count.
    chmodSync(workspace.path, 0o755);
    const own = join(workspace.path, 'own');
    writeRecipe(own, 'one', 'packages: [one-tool]\n');
    copyFileSync(join(workspace.path, 'one.yml'), join(own, 'one.yml'));
    execFileSync('chown', ['-R', '65534:65534', own]);
    const options = { cwd: own, env: environment(), through: asNobody };
    const cache = join(own, 'cache');
    expect(await runTskit(['lock', 'one.yml', '--cache', cache], options)).toMatchObject({ exitCode: 0 });
    expect(await runTskit(['build', 'one.yml', '--cache', cache], options)).toMatchObject({ exitCode: 0 });
    const one = JSON.parse(readFileSync(join(workspace.path, 'tskit.lock'), 'utf8')) as Lock;
    const other = JSON.parse(readFileSync(join(own, 'tskit.lock'), 'utf8')) as Lock;
    expect(other.recipes['pkg:./one']).toEqual(one.recipes['pkg:./one']);
  });

  it('of a spec that cannot be locked leaves the lock as it was', async () => {
    writeFileSync(join(workspace.path, 'tskit.lock'), '{"version": 1, "images": {}, "recipes": {}}');
    spec('bad.yml', 'three');
    expect(await tskit('lock', 'bad.yml')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('pkg:./three'),
    });
    expect(readFileSync(join(workspace.path, 'tskit.lock'), 'utf8')).toBe(
      '{"version": 1, "images": {}, "recipes": {}}',
    );
  });
});
