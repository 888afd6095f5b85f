// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { resolveTemplate } from '../../../src/packages/template.ts';
import { parseSpec, parseSpecs } from '../../../src/spec/parse.ts';
import { refusalOf } from '../../support/refusal.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder[Symbol.dispose]());

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder.path, name)), { recursive: true });
    writeFileSync(join(folder.path, name), text);
  }
}

function git(...args: string[]): string {
  const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-c', 'commit.gpgsign=false'];
  return execFileSync('git', ['-C', folder.path, ...identity, ...args], { encoding: 'utf8', stdio: 'pipe' }).trim();
}

function commit(files: Readonly<Record<string, string>>): void {
  write(files);
  git('init', '-q');
  git('add', '-A');
  git('commit', '-qm', 'x');
}

const sha256 = (...texts: string[]): string => createHash('sha256').update(texts.join('')).digest('hex');

/** The image of an init entry that is a template. */
function imageOf(path: string): string | undefined {
  const file = join(folder.path, 'os.yml');
  return parseSpec(`init: ["@pkg:${path}"]`, file, { template: resolveTemplate }).init[0];
}

function refusal(path: string): string {
  return refusalOf('spec', () => imageOf(path)).replaceAll(folder.path, 'DIR');
}

describe('a template of a LinuxKit package', () => {
  test('is its image with the tree that git has of the folder', () => {
    commit({ 'pkg/a/build.yml': 'image: a\n', 'pkg/a/Dockerfile': 'FROM x\n', other: '1' });
    const tree = git('rev-parse', 'HEAD:pkg/a');
    expect(imageOf('pkg/a')).toBe(`linuxkit/a:${tree}`);
    expect(imageOf('./pkg/../pkg/a/')).toBe(`linuxkit/a:${tree}`);
    expect(imageOf('/pkg/a')).toBe(`linuxkit/a:${tree}`);
    symlinkSync('pkg', join(folder.path, 'link'));
    expect(imageOf('link/a')).toBe(`linuxkit/a:${tree}`);
  });

  test('is the whole tree when the folder is the repository', () => {
    commit({ 'build.yml': 'org: acme\nimage: a\n' });
    expect(imageOf('.')).toBe(`acme/a:${git('rev-parse', 'HEAD^{tree}')}`);
  });

  test('runs no program that the config of its repository names', () => {
    commit({ 'a/build.yml': 'image: a\n' });
    git('config', 'core.fsmonitor', `touch '${join(folder.path, 'ran')}';`);
    write({ 'a/build.yml': 'image: b\n' });
    expect(imageOf('a')).toMatch(/^linuxkit\/b:.*-dirty-/);
    expect(existsSync(join(folder.path, 'ran'))).toBe(false);
  });

  test.each([
    ['a changed file', { 'a/f': 'changed' }, sha256('image: a\n', 'changed')],
    ['a file that git does not know', { 'a/new': 'new' }, sha256('image: a\n', 'f', 'new')],
  ])('is dirty with %s, by the files that are there', (_what, files, contents) => {
    commit({ 'a/build.yml': 'image: a\n', 'a/f': 'f', '.gitignore': 'ignored\n' });
    const tree = git('rev-parse', 'HEAD:a');
    write(files);
    expect(imageOf('a')).toBe(`linuxkit/a:${tree}-dirty-${contents.slice(0, 7)}`);
  });

  test('is clean when only what is outside or ignored has changed', () => {
    commit({ 'a/build.yml': 'image: a\n', b: 'b', '.gitignore': 'ignored\n' });
    write({ b: 'changed', 'a/ignored': 'x' });
    expect(imageOf('a')).toBe(`linuxkit/a:${git('rev-parse', 'HEAD:a')}`);
  });

  test('has the hash of its further sources in its own', () => {
    commit({
      'a/build.yml': 'image: a\nextra-sources: ["../lib:lib", "../more:/more"]\n',
      'lib/x': '1',
      'more/x': '2',
    });
    const trees = ['a', 'lib', 'more'].map((name) => git('rev-parse', `HEAD:${name}`));
    expect(imageOf('a')).toBe(`linuxkit/a:${createHash('sha1').update(trees.join('')).digest('hex')}`);
  });

  test.each([
    ['tag: "1.2"', 'linuxkit/a:1.2'],
    ['tag: "v-{{.Hash}}"', /^linuxkit\/a:v-[0-9a-f]{40}$/],
    ['tag: "{{ .Hash }}"', /^linuxkit\/a:[0-9a-f]{40}$/],
    ['tag: ""', /^linuxkit\/a:[0-9a-f]{40}$/],
  ])('has the tag that %j asks for', (line, image) => {
    commit({ 'a/build.yml': `image: a\n${line}\n` });
    expect(imageOf('a')).toMatch(image);
  });

  test('is "latest" outside of git, where there is no hash', () => {
    write({ 'a/build.yml': 'image: a\n' });
    expect(imageOf('a')).toBe('linuxkit/a:latest');
  });

  test('does not care for a repository that a hook of another one names', () => {
    commit({ 'a/build.yml': 'image: a\n' });
    process.env['GIT_DIR'] = '/nonexistent';
    try {
      expect(imageOf('a')).toMatch(/^linuxkit\/a:[0-9a-f]{40}$/);
    } finally {
      delete process.env['GIT_DIR'];
    }
  });

  test('takes keys without a value for keys that are not there', () => {
    const keys = ['org', 'tag', 'dockerfile', 'arches', 'extra-sources', 'network', 'config', 'buildArgs', 'depends'];
    write({ 'a/build.yml': `image: a\n${keys.map((key) => `${key}:\n`).join('')}` });
    expect(imageOf('a')).toBe('linuxkit/a:latest');
  });

  test('takes every key that LinuxKit knows', () => {
    write({
      'a/build.yml': [
        'image: a',
        'org: o',
        'tag: t',
        'dockerfile: D',
        'arches: [amd64]',
        'extra-sources: []',
        'gitrepo: g',
        'network: true',
        'disable-cache: true',
        'buildArgs: [A=1]',
        'config: {binds: [/a:/b], devices: [{mode: 0666}], runtime: {bindNS: {net: /x}}, uidMappings: []}',
        'depends: {docker-images: {target-dir: d, target: t, from-file: f, list: [x]}}',
      ].join('\n'),
    });
    expect(imageOf('a')).toBe('o/a:t');
  });
});

describe('a template of a recipe', () => {
  const recipes = { 'specs/mine/recipe.yml': '', 'specs/deep/mine/recipe.yml': '', 'there/recipe.yml': '' };
  const options = { template: resolveTemplate };

  test.each([
    ['mine', 'pkg:./mine'],
    ['./deep/mine/', 'pkg:./deep/mine'],
    ['deep/../../there', 'pkg:../there'],
  ])('of the folder %j is the recipe %j', (path, reference) => {
    write(recipes);
    const spec = parseSpec(`init: ["@pkg:${path}"]`, join(folder.path, 'specs/os.yml'), options);
    expect(spec.init).toEqual([reference]);
  });

  test('of a merged file is the same recipe, from the folder of the first file', () => {
    write(recipes);
    const sources = [
      { name: 'a.yml', text: 'init: ["@pkg:there"]', folder: folder.path },
      { name: 'b.yml', text: 'init: ["@pkg:mine"]', folder: join(folder.path, 'specs') },
    ];
    expect(parseSpecs(sources, options).init).toEqual(['pkg:./there', 'pkg:./specs/mine']);
  });
});

describe('a template that cannot be resolved', () => {
  test.each([
    ['nothing', {}, 'template "@pkg:a": expected build.yml or recipe.yml in "DIR/a", found neither'],
    [
      'an unknown key',
      { 'a/build.yml': 'image: a\nunknownField: "abc"\n' },
      'template "@pkg:a": DIR/a/build.yml:2:1: unknownField: expected a known key, found "unknownField"',
    ],
    [
      'an unknown setting',
      { 'a/build.yml': 'image: a\nconfig:\n  bind: [/a:/b]\n' },
      'template "@pkg:a": DIR/a/build.yml:3:3: config.bind: expected a known key, found "bind"; did you mean "binds"?',
    ],
    ['no image', { 'a/build.yml': 'org: x\n' }, 'template "@pkg:a": DIR/a/build.yml:1:1: expected the key "image"'],
    [
      'a template of its own that LinuxKit has not',
      { 'a/build.yml': 'image: a\ntag: "{{.Date}}"\n' },
      'template "@pkg:a": "DIR/a/build.yml": tag: expected a text with "{{.Hash}}" at most, found "{{.Date}}"',
    ],
    [
      'further sources outside of git',
      { 'a/build.yml': 'image: a\nextra-sources: [../lib:lib]\n', 'lib/x': '' },
      'template "@pkg:a": extra-sources "../lib:lib": expected a folder in a git work tree, found none',
    ],
  ])('since it has %s is an error at its place', (_what, files, message) => {
    write(files);
    expect(refusal('a')).toContain(`DIR/os.yml:1:8: init[0]: ${message}`);
  });

  test('since it is not committed is an error that says so', () => {
    commit({ other: '' });
    write({ 'a/build.yml': 'image: a\n' });
    expect(refusal('a')).toContain(
      'init[0]: template "@pkg:a": "DIR/a": expected a folder that is committed to git, found none in HEAD; commit it',
    );
  });
});

describe('a text that begins with @', () => {
  const options = { template: (path: string, folder: string) => `image(${path} in ${folder})` };

  test('is a template only with pkg: after it, and wherever it stands', () => {
    const text = 'init: ["@pkg:a"]\nfiles: [{path: f, contents: "@hello"}, {path: g, contents: "@pkg:x y"}]';
    expect(parseSpec(text, '/s/os.yml', options)).toMatchObject({
      init: ['image(a in /s)'],
      files: [{ contents: '@hello' }, { contents: 'image(x y in /s)' }],
    });
  });

  test.each(['@', '@pkg', '@PKG:x', 'a@pkg:b', '@@pkg:x', '@pkg:x\n'])('stays as it is: %j', (contents) => {
    const text = `files: [{path: f, contents: ${JSON.stringify(contents)}}]`;
    expect(parseSpec(text, '/s/os.yml', options).files[0]?.contents).toBe(contents);
  });

  test('may have variables in its path', () => {
    const variables = { set: new Map([['NAME', 'b']]), environment: {} };
    const spec = parseSpec('init: ["@pkg:a/${NAME}"]', '/s/os.yml', { ...options, variables });
    expect(spec.init).toEqual(['image(a/b in /s)']);
  });

  test('is looked up from the folder of its own file', () => {
    const spec = parseSpec('init: ["@pkg:a"]', 'deep/os.yml', options);
    expect(spec.init).toEqual([`image(a in ${join(process.cwd(), 'deep')})`]);
  });
});
