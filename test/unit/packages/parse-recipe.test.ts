// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, it } from 'vitest';
import { TskitError } from '../../../src/errors.ts';
import { parseRecipe } from '../../../src/packages/parse-recipe.ts';

function failure(text: string): TskitError {
  try {
    parseRecipe(text, 'recipe.yml');
  } catch (error) {
    if (error instanceof TskitError) return error;
    throw error;
  }
  throw new Error('expected an error');
}

describe('a recipe', () => {
  it('of a kernel has its source for packages, and no other key', () => {
    const text = 'kernel: {series: "6.12", fragments: [base, ./mine.config]}\n';
    expect(parseRecipe(text, 'recipe.yml')).toEqual({
      kernel: { series: '6.12', fragments: ['base', './mine.config'] },
      packages: ['linux-source-6.12'],
      only: true,
    });
    expect(failure(`${text}packages: [busybox]\n`).message).toContain(
      'packages: expected no other key beside "kernel"',
    );
    expect(failure('kernel: {series: 6.12, fragments: [base]}').message).toContain(
      'expected a series of kernels in quotes',
    );
  });

  it('is read as it is written', () => {
    const text = `
packages: [busybox, "nginx=1.22.1-9+deb12u1", {follow: "linux-image-cloud-\${arch}"}]
only: true
pick: [/bin/busybox, "!/usr/share/man", /usr/lib/**]
links: [{path: /a, target: b}, {in: /usr/bin, names: ["[", "true"], target: busybox}]
files: [{path: /x, contents: "", mode: "4755", uid: 1, gid: 2}, {path: /y, source: a/b.c}, {path: /z, program: sysctl}]
config: {labels: {org.mobyproject.config: {net: host}}}
`;
    expect(parseRecipe(text, 'recipe.yml')).toEqual({
      packages: ['busybox', 'nginx=1.22.1-9+deb12u1', { follow: 'linux-image-cloud-${arch}' }],
      only: true,
      pick: ['/bin/busybox', '!/usr/share/man', '/usr/lib/**'],
      links: [
        { path: '/a', target: 'b' },
        { in: '/usr/bin', names: ['[', 'true'], target: 'busybox' },
      ],
      files: [
        { path: '/x', contents: '', mode: '4755', uid: 1, gid: 2 },
        { path: '/y', source: 'a/b.c' },
        { path: '/z', program: 'sysctl' },
      ],
      config: { labels: { 'org.mobyproject.config': { net: 'host' } } },
    });
  });

  it('with several mistakes gets all of them, each with its place and the page to read', () => {
    const { code, message, hint } = failure('packges: [a-b]\nonly: yes please\ndirs: [{path: etc}]\n');
    expect(code).toBe('spec');
    expect(message).toMatch(/recipe\.yml:1:1: packges: .*did you mean "packages"\?/);
    expect(message).toMatch(/recipe\.yml:2:7: only: expected true or false/);
    expect(message).toMatch(/recipe\.yml:3:15: dirs\[0\]\.path: expected an absolute path/);
    expect(hint).toContain('docs/packages.md');
  });

  it.each([
    ['packages: []', '"packages", "files" or "kernel", found "packages"'],
    ['config: {cmd: [/x]}', '"packages", "files" or "kernel", found "config"'],
    ['packages: busybox', 'a list of Debian packages'],
    ['files: [{path: /x, program: ../init}]', 'the name of a program such as "sysctl"'],
    [
      'files: [{path: /x, program: sysctl, contents: a}]',
      'one of "contents", "source" and "program", found "path", "program", "contents"',
    ],
    ['packages: [Busybox]', 'a package such as "busybox"'],
    ['packages: ["nginx-"]', 'a package such as "busybox"'],
    ['packages: ["--option"]', 'a package such as "busybox"'],
    ['packages: ["a b"]', 'a package such as "busybox"'],
    ['packages: [{follow: a-b, x: 1}]', 'a known key, found "x"'],
    ['packages: [aa]\npick: [/usr/../etc]', 'a path or glob'],
    ['packages: [aa]\npick: [usr]', 'a path or glob'],
    ['packages: [aa]\nfiles: [{path: /x, source: ../secret}]', 'a relative path below the folder `files`'],
    ['packages: [aa]\nfiles: [{path: /x, source: a/../../secret}]', 'a relative path below the folder `files`'],
    ['packages: [aa]\nfiles: [{path: /x, source: /etc/shadow}]', 'a relative path below the folder `files`'],
    ['packages: [aa]\nfiles: [{path: /x}]', 'one of "contents", "source" and "program", found "path"'],
    ['packages: [aa]\nfiles: [{path: /x, contents: a, source: b}]', 'one of "contents", "source" and "program"'],
    ['packages: [aa]\nlinks: [{target: b}]', 'either "path", or "in" and "names", found "target"'],
    ['packages: [aa]\nlinks: [{target: b, in: /x}]', 'either "path", or "in" and "names"'],
    ['packages: [aa]\nlinks: [{target: b, in: /x, names: [a], path: /y}]', 'either "path", or "in" and "names"'],
    ['packages: [aa]\nreplaced: {aa: {postinst: ""}}', 'what does its work here, or why none is needed'],
    ['packages: [aa]\nusers: [{name: "a:b", uid: 1, gid: 1}]', 'a name of lower-case letters'],
    ['packages: [aa]\nusers: [{name: a, uid: 1, gid: 1, home: "/a:/b"}]', 'an absolute path without ":"'],
    ['packages: [aa]\nusers: [{name: a, uid: -1, gid: 1}]', 'a number from 0'],
    ['packages: [aa]\ndirs: [{path: /x, mode: 755}]', 'octal digits in quotes'],
    ['- packages', 'a map'],
    ['', 'a recipe, found nothing'],
  ])('%j is refused: expected %s', (text, expected) => {
    expect(failure(text).message).toContain(`expected ${expected}`);
  });
});
