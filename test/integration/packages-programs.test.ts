// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { appendFileSync, copyFileSync, existsSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { readRecipeFolder } from '../../src/packages/folder.ts';
import { programDigests, programs, readProgram } from '../../src/packages/programs.ts';
import { makeLock } from '../../src/lock/make.ts';
import { testContext } from '../support/build-context.ts';
import { amd64, buildImage, unpack, writeRecipe } from '../support/recipe-workspace.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const text = 'files: [{path: /usr/bin/sysctl, program: sysctl}]\nconfig: {entrypoint: [/usr/bin/sysctl]}\n';

describe('a recipe of files alone', () => {
  it('is built without apt and without the network, to the same digest each time', async () => {
    using workspace = temporaryFolder();
    const recipe = writeRecipe(workspace.path, 'own', text);
    vi.stubEnv('PATH', '/nowhere');
    onTestFinished(() => void vi.unstubAllEnvs());
    const [one, other] = await Promise.all(
      ['a', 'b'].map((cache) => buildImage(recipe, join(workspace.path, cache), { offline: true })),
    );
    vi.unstubAllEnvs();
    expect(one?.digest).toBe(other?.digest);
    expect(existsSync(join(workspace.path, 'a/apt'))).toBe(false);
    if (one === undefined) return;
    const root = unpack(one, join(workspace.path, 'root'));
    const program = join(root, 'usr/bin/sysctl');
    expect(statSync(program).mode & 0o7777).toBe(0o755);
    expect(execFileSync(program, ['--version'], { encoding: 'utf8' })).toMatch(/^sysctl of tskit/);
    expect(existsSync(join(root, 'var/lib/dpkg'))).toBe(false);
    expect(existsSync(join(root, 'etc/os-release'))).toBe(false);
  });

  it('is found by the programs that it names, so that a new tskit makes it anew', () => {
    using workspace = temporaryFolder();
    const recipe = writeRecipe(workspace.path, 'own', text);
    const before = readRecipeFolder(recipe, '/').hash;
    const other = join(programs, 'x-of-test');
    copyFileSync(join(programs, 'sysctl'), other);
    onTestFinished(() => rmSync(other, { force: true }));
    expect(readRecipeFolder(recipe, '/').hash).toBe(before);
    const named = text.replace('program: sysctl', 'program: x-of-test');
    const first = programDigests(named);
    appendFileSync(other, 'changed');
    expect(programDigests(named)).not.toEqual(first);
    expect(programDigests('files: []')).toEqual([]);
  });

  it('is pinned by a lock as what it is, without a release of Debian', async () => {
    using workspace = temporaryFolder();
    writeRecipe(workspace.path, 'own', text);
    const spec = 'onboot: [{name: own, image: "pkg:./own"}]\n';
    const source = { name: 'os.yml', text: spec, folder: workspace.path };
    const ctx = testContext(join(workspace.path, 'cache'), { offline: true });
    const lock = await makeLock({ sources: [source], platform: amd64, update: false }, ctx);
    expect(lock.recipes).toEqual({ 'pkg:./own': { 'linux/amd64': { request: [], packages: [] } } });
    await buildImage(
      join(workspace.path, 'own'),
      join(workspace.path, 'cache'),
      { offline: true },
      {
        ...lock,
        recipes: { [`pkg:${join(workspace.path, 'own')}`]: lock.recipes['pkg:./own'] ?? {} },
      },
    );
  });

  it('that names no program of tskit, or asks for another architecture, is an error that says which there are', async () => {
    using workspace = temporaryFolder();
    const cache = join(workspace.path, 'cache');
    const recipe = writeRecipe(workspace.path, 'own', text.replace('program: sysctl', 'program: sysctrl'));
    await expect(buildImage(recipe, cache, { offline: true })).rejects.toMatchObject({
      code: 'not-found',
      hint: 'did you mean "sysctl"?',
    });
    expect(() => readProgram('sysctl', { os: 'linux', architecture: 'arm64' })).toThrow(
      /^taking tskit's program "sysctl": expected ".*" to be for arm64, found amd64$/,
    );
  });
});
