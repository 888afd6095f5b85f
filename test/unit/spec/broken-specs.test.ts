// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { parseSpec } from '../../../src/spec/parse.ts';
import { SpecError } from '../../../src/spec/spec-error.ts';
import { specSchema } from '../../../src/spec/schema.ts';
import { dereference, type SchemaNode } from '../../../src/spec/schema-node.ts';
import { brokenSpecs } from '../../support/broken-specs.ts';

function problemsOf(text: string): SpecError['problems'] {
  try {
    parseSpec(text, 'os.yml');
  } catch (error) {
    if (error instanceof SpecError) return error.problems;
    throw error;
  }
  return [];
}

const cases = brokenSpecs();

describe('one mistake is one error at its place', () => {
  test.each(cases.map((broken) => [broken.title, broken] as const))('%s', (_, broken) => {
    const { text, line, column, path, message, suggestion } = broken;
    const problems = problemsOf(text);
    expect(
      problems.map(({ file, line, column, path, message }) => ({ file, line, column, path, message })),
      text,
    ).toEqual([{ file: 'os.yml', line, column, path, message: expect.stringMatching(message) }]);
    expect(problems[0]?.suggestion ?? '').toMatch(suggestion ?? /^/);
  });
});

test('every key that the schema has, at every place, has cases', () => {
  const found: string[] = [];
  const visit = (node: SchemaNode, path: string): void => {
    const place = dereference(node, specSchema.definitions ?? {});
    if (place['x-refused'] !== undefined) return;
    for (const [key, child] of Object.entries(place.properties ?? {})) {
      const name = path === '' ? key : `${path}.${key}`;
      found.push(name);
      visit(child, name);
    }
    if (place.items !== undefined) visit(place.items, `${path}[]`);
  };
  visit(specSchema, '');
  const covered = new Set(cases.map(({ key }) => key));
  expect(found.filter((key) => !covered.has(key))).toEqual([]);
  expect(cases.length).toBeGreaterThan(1000);
});

/** A container with further lines, and the place and message that they bring about. */
const containers = (lines: string): string => `services:\n  - name: a\n    image: b\n${lines}`;

describe('what no schema says', () => {
  test.each<[string, string, string, RegExp]>([
    [
      'a tab as indentation of the first key',
      'kernel:\n\timage: x\n',
      '2:1',
      /^expected spaces as indentation, found a tab$/,
    ],
    ['a tab in a list', 'init:\n\t- x\n', '2:1', /^expected spaces as indentation, found a tab$/],
    ['a tab in a container', containers('\tenv: [A=b]\n'), '4:1', /^expected spaces as indentation, found a tab$/],
    ['a key too far left', 'services:\n  - name: a\n   image: b\n', '3:4', /^expected /],
    [
      'a key too far right',
      'services:\n  - name: a\n      image: b\n',
      '3:7',
      /^expected this key at the column of the keys above/,
    ],
    ['a space that is missing', 'kernel:\n  image:x\n', '2:3', /^expected /],
    ['a quote that is not closed', 'init: ["x]\n', '1:8', /^expected a closing " after this one/],
    ['a bracket that is not closed', 'init: [x\n', '2:1', /^expected a closing "\]"/],
    [
      'an alias inside of what it names',
      'services: &s\n  - *s\n',
      '2:5',
      /^expected the alias \*s outside of what it names/,
    ],
    ['an alias that merges itself', 'kernel: &k\n  <<: *k\n  image: x\n', '2:7', /^expected the alias \*k outside/],
    [
      'an alias before its anchor',
      'kernel: {image: *b}\ninit: [&b x]\n',
      '1:17',
      /^expected an anchor &b before the alias, found none$/,
    ],
    ['an anchor that is not there', 'init: *gone\n', '1:7', /^expected an anchor &gone before the alias, found none$/],
    ['a tag of another language', 'init: !ruby/object x\n', '1:20', /^expected no tag or one that fits/],
    ['two documents', 'init: [x]\n---\ninit: [y]\n', '3:1', /^expected one YAML document, found a second one/],
    [
      'a service of a name that is taken',
      containers('  - {name: a, image: c}\n'),
      '4:12',
      /^expected a name of its own, found "a"/,
    ],
    [
      'capabilities beside "all"',
      containers('    capabilities: [CAP_CHOWN, all]\n'),
      '4:31',
      /^expected "all" to stand alone/,
    ],
    [
      'a bind of what is neither path nor volume',
      containers('    binds: ["a b:/c"]\n'),
      '4:13',
      /^expected an absolute path or the name of a volume, found "a b"/,
    ],
    [
      'an option of a bind with a slip',
      containers('    binds: ["/a:/b:roo"]\n'),
      '4:13',
      /^expected an option of a bind, found "roo"$/,
    ],
    [
      'a limit over the hard one',
      containers('    rlimits: ["nofile,2,1"]\n'),
      '4:15',
      /^expected a soft limit of at most the hard one/,
    ],
    [
      'a limit of nothing',
      containers('    rlimits: ["nofiles,1,2"]\n'),
      '4:15',
      /^expected a resource limit such as "nofile"/,
    ],
    [
      'the id of an unknown container',
      containers('    uid: bb\n'),
      '4:10',
      /^expected a number, "root" or the name of a container, found "bb"$/,
    ],
    [
      'a file with two contents',
      'files:\n  - {path: a, contents: x, symlink: y}\n',
      '2:28',
      /^expected exactly one of contents/,
    ],
    ['a file without any', 'files:\n  - path: a\n', '2:5', /^expected exactly one of contents/],
    ['a file above the root', 'files:\n  - {path: ../a, contents: x}\n', '2:12', /^expected a path without "\.\."/],
    [
      'a device of a class by path',
      containers('    devices: [{path: /dev/x, type: a}]\n'),
      '4:36',
      /^expected "c", "b", "u" or "p"/,
    ],
  ])('%s', (_, text, place, message) => {
    const problems = problemsOf(text);
    expect(
      problems.map(({ line, column }) => `${line}:${column}`),
      JSON.stringify(problems),
    ).toEqual([place]);
    expect(problems[0]?.message).toMatch(message);
  });
});
