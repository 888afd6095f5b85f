// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { afterEach, beforeEach, expect, test } from 'vitest';
import type { GivenVariables } from '../../../src/spec/variables.ts';
import { type ParseOptions, parseSpecs } from '../../../src/spec/parse.ts';
import type { SpecSource } from '../../../src/spec/read-source.ts';
import { formatPlace } from '../../../src/spec/texts.ts';
import { refusalOf } from '../../support/refusal.ts';
import { TypedSpecs } from '../../support/typed-spec.ts';

let specs: TypedSpecs;
beforeEach(() => {
  specs = new TypedSpecs();
});
afterEach(() => specs[Symbol.dispose]());

const set = (variables: Readonly<Record<string, string>>): GivenVariables => ({
  set: new Map(Object.entries(variables)),
  environment: {},
});

function yaml(name: string, text: string): SpecSource {
  return { text, name, folder: specs.path };
}

async function code(name: string, text: string, variables: GivenVariables = set({})): Promise<SpecSource> {
  const source = await specs.source(specs.write({ [name]: text }), { variables: variables.set });
  return { ...source, name };
}

const web = `// The service.
import { defineOS } from 'tskit';
export default defineOS({
  init: ['c'],
  services: [{ name: 'web', image: 'oci:web' }],
});
`;

test('code is merged with YAML in the order of the sources, its paths starting from its folder', async () => {
  const typed = await code('sub/web.ts', web);
  const before = parseSpecs([yaml('a.yml', 'init: [a]'), typed, yaml('z.yml', 'init: [z]')]);
  expect(before.init).toEqual(['a', 'c', 'z']);
  expect(before.services).toEqual([{ name: 'web', image: 'oci:./sub/web' }]);
  expect(parseSpecs([typed, yaml('z.yml', 'init: [z]')])).toMatchObject({
    file: 'sub/web.ts',
    init: ['c', 'z'],
    services: [{ image: 'oci:web' }],
  });
});

test('every entry knows its place in the code, whatever stands before it', async () => {
  const typed = await code('web.ts', web);
  for (const sources of [[typed], [yaml('a.yml', 'kernel: {image: k}\n'), typed]]) {
    const { origin } = parseSpecs(sources);
    const place = (...path: (string | number)[]): string | undefined => {
      const found = origin.place(path);
      return found && formatPlace(found);
    };
    expect([place('init'), place('init', 0), place('services', 0), place('services', 0, 'image')]).toEqual([
      'web.ts:4:3',
      'web.ts:4:10',
      'web.ts:5:14',
      'web.ts:5:29',
    ]);
    expect(place('services', 0, 'env')).toBeUndefined();
  }
});

test('mistakes of code and YAML are told at once', async () => {
  const typed = await code('web.ts', web.replace('services:', 'servces:'));
  const lines = refusalOf('spec', () => parseSpecs([yaml('a.yml', 'servics: []'), typed])).split('\n');
  expect(lines.filter((line) => /^[a-z.]+:\d/.test(line))).toEqual([
    'a.yml:1:1: servics: expected a known key, found "servics"; did you mean "services"?',
    'web.ts:5:3: servces: expected a known key, found "servces"; did you mean "services"?',
  ]);
});

test('dollars and templates are text in code, with --set too, and stay variables in the YAML beside it', async () => {
  const variables = set({ WHO: 'me' });
  const text = "export default (vars) => ({ init: ['${WHO}', vars.WHO, '@pkg:./x'] });";
  const refuse: Required<ParseOptions>['template'] = () => expect.unreachable('a template was resolved');
  const sources = [await code('os.ts', text, variables), yaml('a.yml', 'init: ["${WHO}"]')];
  expect(parseSpecs(sources, { variables, template: refuse }).init).toEqual(['${WHO}', 'me', '@pkg:./x', 'me']);
});

test('a value given with --set is no slip where code may have looked at it', async () => {
  const variables = set({ WHO: 'me' });
  expect(() => parseSpecs([yaml('a.yml', 'init: [a]')], { variables })).toThrow('--set WHO: expected a variable');
  expect(parseSpecs([await code('os.ts', web, variables)], { variables }).init).toEqual(['c']);
});

test('the header of variables is YAML’s', async () => {
  const typed = await code('os.ts', "export default {\n  variables: { WHO: 'me' } };");
  expect(refusalOf('spec', () => parseSpecs([typed]))).toContain(
    'os.ts:2:3: variables: expected no "variables" in code, found it: the default export may be a function',
  );
});
