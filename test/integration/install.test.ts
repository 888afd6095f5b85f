// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sharedCache } from '../support/boot-build.ts';
import type { CliResult } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const root = new URL('../..', import.meta.url).pathname;
/** The most that the package may weigh: our own code, with names that a reported stack can be read by, static binaries of a quarter MiB each, and recipes. */
const packedLimit = 5 << 20;

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string; readonly mode: number }[];
}

const folder = temporaryFolder();
const prefix = join(folder.path, 'prefix');
/** Where a user is who installed it; nothing of the checkout is near. */
const elsewhere = join(folder.path, 'elsewhere');
const command = join(prefix, 'bin/tskit');
const installed = join(prefix, 'lib/node_modules/tskit');
let packed: Packed;

beforeAll(async () => {
  mkdirSync(elsewhere);
  const { stdout } = await execa('npm', ['pack', '--json', '--pack-destination', folder.path], { cwd: root });
  [packed] = JSON.parse(stdout.slice(stdout.indexOf('['))) as [Packed];
  const tarball = join(folder.path, packed.filename);
  const flags = ['--offline', '--no-audit', '--no-fund', '--prefix', prefix];
  await execa('npm', ['install', '--global', ...flags, tarball], { cwd: elsewhere });
});
afterAll(() => folder[Symbol.dispose]());

/** Runs the installed command with the Node of `nodeFolder` first in PATH. */
async function run(args: readonly string[], nodeFolder = join(root, 'node_modules/.bin')): Promise<CliResult> {
  const path = [nodeFolder, process.env['PATH']].join(delimiter);
  const { exitCode, stdout, stderr } = await execa(command, args, {
    cwd: elsewhere,
    reject: false,
    env: { PATH: path },
  });
  return { exitCode, stdout, stderr };
}

describe('the npm package', () => {
  test('has the command, the target binary and the recipes with their files, and neither tests nor sources', () => {
    const paths = packed.files.map(({ path }) => path);
    // biome-ignore format: a list to read
    for (const needed of ['api/index.d.ts', 'api/index.js', 'bin/tskit', 'dist/tskit.cjs', 'dist/cli/main.cjs', 'dist/cli/typed-child.mjs', 'dist/init', 'dist/programs/mount', 'kernel-configs/base.config',
      'packages/kernel/recipe.yml',       'packages/busybox/recipe.yml', 'packages/dhcp/files/dhcp', 'packages/nginx/files/index.html', 'examples/hello.yml', 'LICENSE']) {
      expect(paths).toContain(needed);
    }
    const folders = new Set(paths.map((path) => path.replace(/\/.*/, '')));
    expect(folders).not.toContain('src');
    expect(
      paths.filter((path) =>
        /^(test|native|init|src|scripts|bench)\/|^dist\/(?!cli\/|programs\/|tskit\.cjs$|init$)/.test(path),
      ),
    ).toEqual([]);
    expect(packed.size).toBeLessThan(packedLimit);
  });

  test('has no dependencies to install', async () => {
    const { stdout } = await execa('npm', ['ls', '--global', '--prefix', prefix, '--all', '--json']);
    const { dependencies } = JSON.parse(stdout) as { dependencies: Record<string, { dependencies?: object }> };
    expect(Object.keys(dependencies)).toEqual(['tskit']);
    expect(dependencies['tskit']?.dependencies).toBeUndefined();
  });
});

describe('installed with npm install -g', () => {
  test('it runs through npm’s link from any folder', async () => {
    const { exitCode, stdout, stderr } = await run(['--version']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const { version } = (await import(join(root, 'package.json'), { with: { type: 'json' } })) as { version: string };
    expect(stdout).toBe(`tskit ${version}`);
  });

  test('it builds from its own recipes and its own target binary', async () => {
    const spec = join(elsewhere, 'os.yml');
    writeFileSync(spec, 'onboot:\n  - name: hello\n    image: pkg:busybox\n    command: [echo, hello]\n');
    const args = ['build', '--cache', sharedCache, spec];
    const built = await run(args);
    expect(built.exitCode, built.stderr).toBe(0);
    expect(built.stdout).toBe('os-initrd.img\nos-cmdline');
    const byCheckout = await execa(join(root, 'bin/tskit'), ['build', '--cache', sharedCache, '--dir', 'again', spec], {
      cwd: elsewhere,
    });
    await execa('cmp', ['os-initrd.img', 'again/os-initrd.img'], { cwd: elsewhere });
    expect(byCheckout.stdout).toBe('again/os-initrd.img\nagain/os-cmdline');

    for (const file of ['dist/init', 'packages/busybox/recipe.yml']) {
      const path = join(installed, file);
      renameSync(path, `${path}.away`);
      const { exitCode, stderr } = await run(args);
      renameSync(`${path}.away`, path);
      expect(exitCode).toBe(1);
      expect(stderr).toContain(file === 'dist/init' ? path : join(installed, 'packages'));
      expect(stderr).not.toContain('unexpected error');
    }
  });

  test('a typed spec finds tskit from any folder, and its editor the types', async () => {
    const spec = join(elsewhere, 'typed.ts');
    writeFileSync(
      spec,
      "import { defineOS } from 'tskit';\nexport default defineOS({ files: [{ path: 'a', content: '' }] });\n",
    );
    const { exitCode, stderr } = await run(['build', '--cache', sharedCache, spec]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      `${spec}:2:48: files[0].content: expected a known key, found "content"; did you mean "contents"?`,
    );

    mkdirSync(join(elsewhere, 'node_modules'));
    symlinkSync(installed, join(elsewhere, 'node_modules/tskit'));
    const flags = ['--noEmit', '--module', 'nodenext', '--pretty', 'false', '--types', ''];
    const { stdout } = await execa(join(root, 'node_modules/.bin/tsc'), [...flags, spec], {
      cwd: elsewhere,
      reject: false,
    });
    expect(stdout).toMatch(/^typed\.ts\(2,48\): error .*Did you mean to write 'contents'\?$/m);
  });

  test.each(['12.22.0', '20.19.0', '22.14.0'])('Node %s is one clear sentence', async (version) => {
    const { exitCode, stdout, stderr } = await run(['--version'], nodeThatSays(version));
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(new RegExp(`^tskit: Node\\.js 22\\.15 or later is needed, found ${version} at "/.*"$`));
  });

  test.each(['22.15.0', '23.0.0', '100.1.0'])('Node %s is new enough', async (version) => {
    expect((await run(['--version'], nodeThatSays(version))).exitCode).toBe(0);
  });

  test('no Node at all is one clear sentence too', async () => {
    const bin = join(folder.path, 'no-node');
    mkdirSync(bin);
    symlinkSync('/usr/bin/readlink', join(bin, 'readlink'));
    const { exitCode, stderr } = await execa(command, ['--version'], { reject: false, env: { PATH: bin } });
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: 'tskit: Node.js 22.15 or later is needed, found none in PATH',
    });
  });
});

/** A folder whose `node` is this one, under the name of another version. */
function nodeThatSays(version: string): string {
  const bin = join(folder.path, `node-${version}`);
  mkdirSync(bin, { recursive: true });
  const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`;
  const script = `#!/bin/sh\nexec '${process.execPath}' --import "data:text/javascript,${pretend}" "$@"\n`;
  writeFileSync(join(bin, 'node'), script, { mode: 0o755 });
  return bin;
}
