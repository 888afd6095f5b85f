// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { TskitError } from '../../../src/errors.ts';
import { parseSpec, parseSpecs } from '../../../src/spec/parse.ts';
import type { Spec } from '../../../src/spec/types.ts';
import { refusalOf } from '../../support/refusal.ts';

type Values = Readonly<Record<string, string>>;

function parse(text: string, set: Values = {}, environment: Values = {}): Spec {
  return parseSpec(text, 'os.yml', { variables: { set: new Map(Object.entries(set)), environment } });
}

function refusal(text: string, set: Values = {}, environment: Values = {}): string {
  return refusalOf('spec', () => parse(text, set, environment));
}

/** The command line of a spec with variables that has `text` as one, in quotes. */
function cmdline(text: string, environment: Values, header = '{}'): string | undefined {
  const spec = parse(`variables: ${header}\nkernel: {image: i, cmdline: ${JSON.stringify(text)}}`, {}, environment);
  return spec.kernel?.cmdline;
}

/** A service with a device and one more setting of it, on line 8. */
function device(setting: string): string {
  return [
    'services:',
    '  - name: a',
    '    image: i',
    '    devices:',
    '      - path: /dev/x',
    '        type: c',
    '        mode: "0600"',
    `        ${setting}`,
    '        minor: 1',
    '',
  ].join('\n');
}

describe('dollars', () => {
  test('are dollars in a spec that does not ask for variables, whatever the environment has', () => {
    const contents = '${HOME} $${X} ${X:-y} ${';
    const text = `files: [{path: f, contents: "${contents}"}]`;
    expect(parse(text, {}, { HOME: '/root', X: 'x' }).files[0]?.contents).toBe(contents);
  });

  test.each([
    ['$X $(X) $1 $$ $', '$X $(X) $1 $$ $'],
    ['$${X}', '${X}'],
    ['$$${X}', '$${X}'],
    ['a${X}b${Y}c', 'a1b${X}c'],
    ['${X}${X}', '11'],
    ['${Z:-}', ''],
    ['${Z:-a b: c #}', 'a b: c #'],
    ['${X:-other}', '1'],
    ['${EMPTY:-other}', 'other'],
    ['${EMPTY}', ''],
    ['${_x9}', 'under'],
  ])('of %j give %j in a spec that does', (text, result) => {
    expect(cmdline(text, { X: '1', Y: '${X}', EMPTY: '', _x9: 'under' })).toBe(result);
  });

  test('in keys and in the header are dollars', () => {
    const text = 'variables: {A: "${HOME}"}\nservices: [{name: a, image: i, annotations: {"${HOME}": "${A}"}}]';
    expect(parse(text, {}, { HOME: '/h' }).services[0]?.annotations).toEqual({ '${HOME}': '${HOME}' });
  });

  test('in the text of a block are replaced', () => {
    const text = 'variables: {N: x}\nfiles:\n  - path: f\n    contents: |\n      # ${N}\n      $${N}\n';
    expect(parse(text).files[0]?.contents).toBe('# x\n${N}\n');
  });

  test('of one file say nothing about those of another, but --set is for all', () => {
    const sources = [
      { name: 'a.yml', text: 'variables: {A: x}\ninit: ["${A}"]', folder: '/' },
      { name: 'b.yml', text: 'init: ["${A}"]', folder: '/' },
    ];
    expect(parseSpecs(sources).init).toEqual(['x', '${A}']);
    const set = new Map([['A', 'y']]);
    expect(parseSpecs(sources, { variables: { set, environment: {} } }).init).toEqual(['y', 'y']);
  });
});

describe('a value', () => {
  test('comes from --set, else the environment, else the header, else from beside the name', () => {
    const text = 'variables: {A: header}\nkernel: {image: i, cmdline: "${A:-beside} ${B:-beside}"}';
    const of = (set: Values, environment: Values) => parse(text, set, environment).kernel?.cmdline;
    expect(of({ A: 'set' }, { A: 'env' })).toBe('set beside');
    expect(of({}, { A: 'env', B: 'env' })).toBe('env env');
    expect(of({}, {})).toBe('header beside');
  });

  test('cannot bring structure with it', () => {
    const value = 'x"}\nservices: [{name: evil, image: i}] # *a &b';
    expect(parse('init:\n  - ${A}\n', { A: value })).toMatchObject({ init: [value], services: [] });
  });

  test('cannot be a template', () => {
    expect(refusal('init: ["${A}:x"]', { A: '@pkg' })).toContain(
      'os.yml:1:8: init[0]: expected no template from a variable, found "@pkg:x"',
    );
    expect(cmdline('${A}', { A: '@pkg' })).toBe('@pkg');
  });

  test.each([
    ['major: ${N}', '8'],
    ['major: ${N:-8}', undefined],
    ['major: !!int "${N}"', '8'],
    ['major: ${N}', '0x8'],
  ])('makes a number of %j', (setting, value) => {
    const spec = parse(`variables: {M: 1}\n${device(setting)}`, {}, value === undefined ? {} : { N: value });
    expect(spec.services[0]?.devices?.[0]?.major).toBe(8);
  });

  test('stays a string in quotes, and where it is a part of the text', () => {
    const text =
      'variables: {N: 12}\nservices:\n  - name: a\n    image: i\n    command: ["${N}"]\n    hostname: 1${N}\n';
    expect(parse(text).services[0]).toMatchObject({ command: ['12'], hostname: '112' });
  });

  test('of a variable that is not needed may be missing', () => {
    expect(parse('variables: {A: }\ninit: [x]', { A: '' }).init).toEqual(['x']);
  });

  test('may be an aliased default', () => {
    expect(parse('init: [&x busybox]\nvariables: {A: *x}\nkernel: {image: "${A}"}').kernel?.image).toBe('busybox');
  });
});

describe('a variable', () => {
  test.each([
    [
      'variables: {VERSION: 1}\nkernel: {image: "k:${VERSOIN}"}',
      'os.yml:2:20: kernel.image: expected a value of the variable "VERSOIN" from --set VERSOIN=VALUE, the environment or a default, found none; did you mean "VERSION"?',
      '  2 | kernel: {image: "k:${VERSOIN}"}\n    |                    ^^^^^^^^^^',
    ],
    [
      'variables:\nkernel: {image: "${HOEM}"}',
      'os.yml:2:18: kernel.image: expected a value of the variable "HOEM" from --set HOEM=VALUE, the environment or a default, found none; did you mean "HOME"?',
    ],
    [
      'variables:\n  NEEDED:\ninit: [x]',
      'os.yml:2:3: variables.NEEDED: expected a value of the variable "NEEDED" from --set NEEDED=VALUE, the environment or a default, found none',
    ],
    [
      'variables: {9A: x}\ninit: [x]',
      'os.yml:1:13: variables.9A: expected a name of letters, digits and "_" that starts with no digit, found "9A"',
    ],
    [
      'variables: {A: [x]}\ninit: [x]',
      'os.yml:1:16: variables.A: expected a string, an integer, true or false as default, or nothing for a variable that must be given, found a list',
    ],
    [
      'variables:\ninit: ["${A:?x}"]',
      'os.yml:2:9: init[0]: expected "${NAME}" or "${NAME:-default}", found "${A:?x}"; write $${ for a dollar and a brace',
    ],
    ['variables:\ninit: ["a${A"]', 'os.yml:2:10: init[0]: expected "${NAME}" or "${NAME:-default}", found "${A"'],
    [
      'variables:\ninit: ["${A:-${HOME}}"]',
      'os.yml:2:9: init[0]: expected a default without variables, found "${A:-${HOME}"',
    ],
  ])('that %j gets wrong is an error at its place', (text, ...lines) => {
    expect(refusal(text, {}, { HOME: '/root' })).toContain(lines.join('\n'));
  });

  test('without a value is one mistake among the others, and none but that at its place', () => {
    const message = refusal(`variables:\n${device('major: ${A}')}files: [{paht: x}]\n`);
    expect(message.split('\n').filter((line) => line.startsWith('os.yml'))).toEqual([
      'os.yml has 3 errors',
      expect.stringMatching(/^os\.yml:9:16: services\[0\]\.devices\[0\]\.major: expected a value of the variable "A"/),
      expect.stringMatching(/^os\.yml:11:9: files\[0\]: expected exactly one of/),
      expect.stringMatching(/^os\.yml:11:10: files\[0\]\.paht: expected a known key/),
    ]);
  });

  test.each<[string, Values, Values, string]>([
    ['major: ${N}', { N: 'x' }, {}, 'found the string "x", where N is "x" from --set'],
    ['major: ${N}', {}, { N: '-1' }, 'found the integer -1, where N is "-1" from the environment'],
    [
      'major: "${N}"',
      { N: '8' },
      {},
      'found the string "8", where N is "8" from --set; did you mean ${N}, without quotes?',
    ],
    ['major: ${M:-y}', {}, { N: '' }, 'found the string "y", where M is "y" from the default beside it'],
    ['major: ${D}', {}, {}, 'found the string "z", where D is "z" from its default'],
    [
      'major: 1\n        mode: ${N}',
      {},
      { N: '0640' },
      'found the integer 0640, where N is "0640" from the environment; did you mean "${N}", in quotes?',
    ],
  ])('shows in the error of the bad value that %j makes', (setting, set, environment, found) => {
    const text = `variables: {D: z}\n${device(setting)}`.replace(/ {8}mode: "0600"\n(?=[^]*mode)/, '');
    expect(refusal(text, set, environment)).toContain(found);
  });

  test('given with --set that no spec has is an error with the nearest name', () => {
    expect(() => parse('variables: {VERSION: 1}\ninit: ["${NAME:-x}"]', { VERSOIN: '2' })).toThrow(
      expect.objectContaining({
        message: '--set VERSOIN: expected a variable of "os.yml", found none of that name',
        hint: 'did you mean "VERSION"?',
      }),
    );
    expect(() => parse('init: [x]', { A: '1' })).toThrow(TskitError);
  });
});
