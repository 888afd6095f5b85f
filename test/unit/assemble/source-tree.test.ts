// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { componentPattern, exclusion } from '../../../src/assemble/path-pattern.ts';
import { globOf, readGlob, readTree } from '../../../src/assemble/source-tree.ts';
import { textOf } from '../../../src/file-tree.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const folder = temporaryFolder();
const { signal } = new AbortController();
// biome-ignore format: a list to read
const files = ['a.c', 'a.o', 'b.txt', '.hidden', 'keep.o', '#x', '!y', 'A.C', 'build/out.o', 'build/deep/x.c', 'src/a.c', 'src/a.o',
  'src/build', 'src/keep.o', 'src/sub/b.c', 'src/sub/sub/b.c', 'src/sub/.dot/c.c', 'doc/a-b', 'doc/a]b', 'doc/[x]', 'doc/a*b', 'sp ace/f', 'x.d/f'];

beforeAll(() => {
  for (const file of files) {
    mkdirSync(dirname(join(folder.path, file)), { recursive: true });
    writeFileSync(join(folder.path, file), '');
  }
  symlinkSync('src', join(folder.path, 'link'));
  execFileSync('git', ['init', '--quiet'], { cwd: folder.path });
});
afterAll(() => folder[Symbol.dispose]());

/** Files and links of a tree, without git's own. */
async function kept(patterns: readonly string[]): Promise<readonly string[]> {
  const entries = await readTree(folder.path, ['/.git', ...patterns], signal);
  return entries.filter(({ kind }) => kind !== 'directory').map(({ path }) => textOf(path));
}

/** What git would add to a repository with these lines in .gitignore. */
function keptByGit(patterns: readonly string[]): readonly string[] {
  const options = patterns.map((pattern) => `--exclude=${pattern}`);
  const output = execFileSync('git', ['ls-files', '--others', '-z', ...options], {
    cwd: folder.path,
    encoding: 'utf8',
  });
  return output.split('\0').filter((path) => path !== '');
}

describe('exclude leaves out what git ignores', () => {
  test.each([
    [[]],
    [['*.o']],
    [['*.o', '!keep.o']],
    [['/*.o']],
    [['build']],
    [['build/']],
    [['/build/']],
    [['src/sub']],
    [['src/*']],
    [['src/**']],
    [['src/**/b.c']],
    [['**/b.c']],
    [['**/sub/**']],
    [['/src/', '!src/a.c']],
    [['src/*', '!src/a.c']],
    [['*', '!*/', '!*.c']],
    [['?.c']],
    [['[a-b].*']],
    [['[!a]*']],
    [['a[^b]b']],
    [['a[]]b']],
    [['a[]-]b']],
    [['\\[x\\]']],
    [['a\\*b']],
    [['\\!y', '\\#x']],
    [['.*']],
    [['link']],
    [['link/']],
    [['link/*']],
    [['sp ace']],
    [['src/sub/', '!src/sub/b.c']],
    [['a**']],
    [['src/**b.c']],
    [['[']],
    [['[z-a]*']],
  ])('%j', async (patterns) => {
    expect([...(await kept(patterns))].sort()).toEqual([...keptByGit(patterns)].sort());
  });
});

/** Files and links that bash's words match, and those in matching folders. */
function matchedByBash(pattern: string): readonly string[] {
  const script = `shopt -s globstar dotglob nullglob; LC_ALL=C.UTF-8; for word in ${pattern}; do find "$word" ! -type d -print0; done`;
  const output = execFileSync('bash', ['-c', script], { cwd: folder.path, encoding: 'utf8' });
  const paths = [...new Set(output.split('\0'))].filter((path) => path !== '' && !path.startsWith('.git/'));
  // Bash follows links where a word goes on behind them.
  return paths.filter((path) => pattern.startsWith('link/') || !path.startsWith('link/'));
}

describe('a glob matches what it does in bash, names with a dot in front included', () => {
  // biome-ignore format: a list to read
  test.each(['*', '*.c', 'src/*', '**', '**/b.c', 'src/**', 'src/**/b.c', '**/sub/*.c', '**/**/b.c', '*/a.?', '[ab].*', '[!a]*.c', 's*/s*',
    '*/*/*', 'doc/a[]-]b', 'doc/\\[*', '?.c', 'li*', 'link/*', '*.zip', 'x.d/*', '**/build', '*/build'])('%s', async (pattern) => {
    const { folder: top, components } = globOf(join(folder.path, pattern));
    const entries = await readGlob({ folder: top, components }, ['/.git'], signal);
    const prefix = top === folder.path ? '' : `${top.slice(folder.path.length + 1)}/`;
    const found = entries.filter(({ kind }) => kind !== 'directory').map(({ path }) => prefix + textOf(path));
    expect([...found].sort()).toEqual([...matchedByBash(pattern)].sort());
  });

  test('folders on the way come too, once, and everything in bytewise order', async () => {
    const glob = globOf(join(folder.path, 'src/**/b.c'));
    expect((await readGlob(glob, [], signal)).map(({ path, kind }) => [path, kind])).toEqual([
      ['sub', 'directory'],
      ['sub/b.c', 'file'],
      ['sub/sub', 'directory'],
      ['sub/sub/b.c', 'file'],
    ]);
  });

  test('a glob with many stars comes to an end', async () => {
    const glob = globOf(join(folder.path, `${'**/'.repeat(30)}b.c`));
    expect(await readGlob(glob, ['/.git'], signal)).toHaveLength(5);
  });
});

test('a pattern with many stars is no trap', () => {
  const name = 'a'.repeat(200);
  const pattern = '*a'.repeat(20);
  expect(componentPattern(`${pattern}b`).test(name)).toBe(false);
  expect(componentPattern(pattern).test(name)).toBe(true);
  expect(exclusion([`${pattern}b/${pattern}b`])(`${name}/${name}`, false)).toBe(false);
  expect(exclusion([`${pattern}/${pattern}?`])(`${name}/${name}b`, false)).toBe(true);
});
