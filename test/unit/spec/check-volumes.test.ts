// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { parseLabel } from '../../../src/spec/label.ts';
import { parseSpec, parseSpecs } from '../../../src/spec/parse.ts';

/** Everything after the heading of the error that parsing ends in: one line a mistake, without excerpts and hint. */
function mistakes(text: string): string[] {
  try {
    parseSpec(text, 'os.yml');
  } catch (error) {
    return (error as Error).message.split('\n').filter((line) => line.startsWith('os.yml:'));
  }
  return [];
}

describe('volumes of a spec', () => {
  test.each([
    ['name: Data', 'name: expected a name of lower-case letters, digits, "_" and "-", found the string "Data"'],
    ['name: ""', 'name: expected a name of lower-case letters, digits, "_" and "-", found an empty string'],
    ['name: a/b', 'name: expected a name of lower-case letters, digits, "_" and "-", found the string "a/b"'],
    ['name: a, readonly: "yes"', 'readonly: expected true or false, found the string "yes"; did you mean true?'],
    [
      'name: a, image: x, format: ocl',
      'format: expected "filesystem" or "oci", found the string "ocl"; did you mean "oci"?',
    ],
    ['name: a, imag: x', 'imag: expected a known key, found "imag"; did you mean "image"?'],
  ])('{%s} is a mistake', (text, message) => {
    expect(mistakes(`volumes: [{${text}}]`)).toEqual([expect.stringContaining(`: volumes[0].${message}`)]);
  });

  test('have names of their own', () => {
    expect(mistakes('volumes: [{name: a}, {name: b}, {name: a}]')).toEqual([
      'os.yml:1:40: volumes[2].name: expected a name of its own, found "a" as at os.yml:1:18',
    ]);
  });

  test('need an image for an OCI layout', () => {
    expect(mistakes('volumes: [{name: a, format: oci}]')).toEqual([
      'os.yml:1:11: volumes[0]: expected the key "image", which format "oci" needs, found only "name", "format"',
    ]);
  });

  test('have platforms only as OCI layouts, and only ones that exist', () => {
    expect(mistakes('volumes: [{name: a, image: x, platforms: [linux/amd64]}]')).toEqual([
      expect.stringContaining('os.yml:1:31: volumes[0].platforms: expected no platforms but with format "oci"'),
    ]);
    expect(mistakes('volumes: [{name: a, image: x, format: oci, platforms: [linux/arm/v7, arm64]}]')).toEqual([
      'os.yml:1:70: volumes[0].platforms[1]: expected a platform such as "linux/amd64" or "linux/arm/v7", found the string "arm64"',
    ]);
  });
});

/** A spec with a volume that can be written, one that cannot, and a container that uses them so. */
function using(settings: string, section = 'services'): string {
  return `volumes:\n  - name: data\n  - {name: fixed, readonly: true}\n${section}:\n  - name: web\n    image: nginx\n    ${settings}\n`;
}

describe.each(['onboot', 'onshutdown', 'services'])('what a container of %s uses', (section) => {
  test.each([
    'binds: ["data:/data", "data:/again:ro", "fixed:/fixed:ro", "/etc:/etc"]',
    'binds.add: ["data:/data:rw", "fixed:/fixed:nosuid,ro"]',
    'mounts: [{type: bind, source: data, destination: /data}]',
    'mounts: [{type: bind, source: fixed, destination: /fixed, options: [rbind, ro]}]',
  ])('%s', (settings) => {
    expect(mistakes(using(settings, section))).toEqual([]);
  });

  test.each([
    ['binds: ["fixed:/fixed"]', '7:13', 'binds[0]', '"fixed:/fixed"; did you mean "fixed:/fixed:ro"?'],
    ['binds: ["fixed:/fixed:rw"]', '7:13', 'binds[0]', '"fixed:/fixed:rw"; did you mean "fixed:/fixed:ro"?'],
    ['binds: ["fixed:/fixed:ro,rw"]', '7:13', 'binds[0]', '"fixed:/fixed:ro,rw"; did you mean "fixed:/fixed:ro"?'],
    ['binds: ["fixed:/f:nosuid"]', '7:13', 'binds[0]', '"fixed:/f:nosuid"; did you mean "fixed:/f:nosuid,ro"?'],
    ['binds.add: ["fixed:/fixed"]', '7:17', '["binds.add"][0]', '"fixed:/fixed"; did you mean "fixed:/fixed:ro"?'],
    [
      'mounts: [{type: bind, source: fixed, destination: /f}]',
      '7:14',
      'mounts[0]',
      'a mount without options; did you mean options: [ro]?',
    ],
    [
      'mounts: [{type: bind, source: fixed, destination: /f, options: [rw, rbind]}]',
      '7:68',
      'mounts[0]',
      '"rw,rbind"; did you mean options: [rbind, ro]?',
    ],
  ])('%s would write to a volume that is read-only', (settings, place, path, found) => {
    const key = path.startsWith('[') ? 'binds.add[0]' : path;
    expect(mistakes(using(settings, section))).toEqual([
      `os.yml:${place}: ${section}[0].${key}: expected the option "ro", because volume "fixed" is read-only, found ${found}`,
    ]);
  });

  test.each([
    ['binds: ["dta:/x"]', 'binds[0]', '"dta"; did you mean "data"?'],
    ['binds: ["DATA:/x"]', 'binds[0]', '"DATA"; did you mean "data"?'],
    ['binds: ["./data:/x"]', 'binds[0]', '"./data"; did you mean "data"?'],
    ['binds.add: ["other-thing:/x"]', 'binds.add[0]', '"other-thing"'],
    ['mounts: [{type: bind, source: fixd, destination: /x}]', 'mounts[0].source', '"fixd"; did you mean "fixed"?'],
  ])('%s names no volume', (settings, path, found) => {
    expect(mistakes(using(settings, section))).toEqual([
      expect.stringContaining(
        `${section}[0].${path}: expected an absolute path or the name of a volume, such as "data", found ${found}`,
      ),
    ]);
  });
});

test('a volume in a spec without any is told apart from a typing error', () => {
  expect(mistakes('services: [{name: web, image: x, binds: ["data:/data"]}]')).toEqual([
    'os.yml:1:42: services[0].binds[0]: expected an absolute path or the name of a volume, of which the spec has none, found "data"',
  ]);
});

test('the source of another mount than a bind is no volume', () => {
  expect(mistakes('services: [{name: web, image: x, mounts: [{type: tmpfs, source: any, destination: /x}]}]')).toEqual(
    [],
  );
});

test('a label may name any volume, and nothing that cannot be one', () => {
  const label = { binds: ['data:/data'], mounts: [{ type: 'bind', source: 'logs', destination: '/logs' }] };
  expect(parseLabel(JSON.stringify(label), 'web')).toEqual(label);
  for (const odd of [{ binds: ['./data:/data'] }, { mounts: [{ type: 'bind', source: 'Logs', destination: '/logs' }] }])
    expect(() => parseLabel(JSON.stringify(odd), 'web')).toThrow(
      /expected an absolute path or the name of a volume, found/,
    );
});

test('containers of one file use volumes of another, whichever comes first', () => {
  const texts = [
    'volumes: [{name: data}]',
    'volumes: [{name: logs}]',
    'services: [{name: web, image: x, binds: ["data:/d", "logs:/l"]}]',
  ];
  const files = texts.map((text, index) => ({ text, name: `${index}.yml`, folder: '/' }));
  for (const order of [files, files.toReversed()]) {
    expect(
      parseSpecs(order)
        .volumes.map(({ name }) => name)
        .toSorted(),
    ).toEqual(['data', 'logs']);
  }
});
