// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseSpecs } from '../../../src/spec/parse.ts';
import { evaluateTypedSpec } from '../../../src/typed/evaluate.ts';
import { TypedSpecs } from '../../support/typed-spec.ts';

let specs: TypedSpecs;
beforeEach(() => {
  specs = new TypedSpecs();
});
afterEach(() => specs[Symbol.dispose]());

const about = '\nhint: docs/typed-specs.md describes specs in TypeScript';

test.each([
  [
    'a thrown error',
    `const a: number = 1;\nif (a > 0) throw new RangeError('too many');\nexport default {};`,
    "os.ts:2:18: RangeError: too many\n  2 | if (a > 0) throw new RangeError('too many');\n    |                  ^^^",
  ],
  [
    'an error in a function of the spec',
    `export default (vars: { A?: { b: string } }) => ({\n  init: [vars.A!.b] });`,
    "os.ts:2:18: TypeError: Cannot read properties of undefined (reading 'b')\n  2 |   init: [vars.A!.b] });\n    |                  ^",
  ],
  [
    'a rejected promise, with its cause',
    `export default Promise.reject(\n  new Error('no answer', { cause: new Error('too far') }));`,
    "os.ts:2:3: Error: no answer: too far\n  2 |   new Error('no answer', { cause: new Error('too far') }));\n    |   ^^^",
  ],
  [
    'an error after the module was read',
    `setTimeout(() => { null!.x; }, 1);\nexport default new Promise((resolve) => setTimeout(resolve, 60_000));`,
    "os.ts:1:26: TypeError: Cannot read properties of null (reading 'x')\n  1 | setTimeout(() => { null!.x; }, 1);\n    |                          ^",
  ],
  ['something thrown that is no error', `throw 'text';\nexport default {};`, 'os.ts: threw the string "text"'],
  [
    'a text that is no TypeScript',
    `const a: number = 1;\n  const b = ;\nexport default {};`,
    'os.ts:2:13: SyntaxError: Expression expected\n  2 |   const b = ;\n    |             ^',
  ],
  [
    'one behind tabs and characters of other widths',
    `/* c */ const a: string = 'b';\n\tconst c = '文é😀' + ;\nexport default {};`,
    "os.ts:2:20: SyntaxError: Expression expected\n  2 |     const c = '文é😀' + ;\n    |                       ^",
  ],
  [
    'a mistake that only the engine sees',
    `import 'tskit';\nexport const a = 1;\n  const a: number = 2;\nexport default {};`,
    "os.ts:3:9: SyntaxError: Identifier 'a' has already been declared\n  3 |   const a: number = 2;\n    |         ^",
  ],
  [
    'an import of a file that is not there',
    `import { a } from './missing';\nexport default {};`,
    `os.ts:1:19: expected a module that is there, found the import "./missing"\n  1 | import { a } from './missing';\n    |                   ^^^^^^^^^^^`,
  ],
  [
    'an import of a package that is not installed',
    `import a from 'nowhere';\nexport default {};`,
    `os.ts:1:15: expected a module that is there, found the import "nowhere"\n  1 | import a from 'nowhere';\n    |               ^^^^^^^^^`,
  ],
  [
    'no default export',
    `export const a = 1;`,
    'os.ts: expected a default export, found none: write `export default defineOS({ … })`',
  ],
  [
    'a promise that nothing settles',
    `export default new Promise(() => {});`,
    'os.ts: expected the spec to come to an end, found a promise that nothing will settle',
  ],
  ['an exit', `process.exit(0);`, "os.ts: expected the spec's default export, found process.exit(0)"],
])('%s is shown at its place and without code of ours', async (_, text, message) => {
  expect(await specs.refusal(text)).toBe(message + about);
});

test('an error in an imported file is shown there, and where that was called', async () => {
  specs.write({ 'lib/parts.ts': `export function part(of: { image: string }): string {\n  return of.image;\n}` });
  const text = `import { part } from './lib/parts.ts';\nconst none: any = undefined;\nexport default { init: [part(none)] };`;
  expect(await specs.refusal(text)).toBe(
    "lib/parts.ts:2:13: TypeError: Cannot read properties of undefined (reading 'image')\n  2 |   return of.image;\n    |             ^^^^^\n  called at os.ts:3:25" +
      about,
  );
});

test('an import of a name that is not exported is shown, and how types are imported', async () => {
  expect(await specs.refusal(`import { Container } from 'tskit';\nexport default {};`)).toBe(
    "os.ts:1:10: SyntaxError: The requested module 'tskit' does not provide an export named 'Container'\n" +
      "  1 | import { Container } from 'tskit';\n    |          ^^^^^^^^^\n" +
      'hint: if that is a type, write `import { type Container }`: types are taken out',
  );
});

test('syntax that would have to be compiled is explained', async () => {
  expect(await specs.refusal('enum Mode { a }\nexport default {};')).toBe(
    'os.ts:1:1: SyntaxError: TypeScript enum is not supported in strip-only mode\n  1 | enum Mode { a }\n    | ^^^^\n' +
      'hint: types are taken out of the spec and nothing is compiled: enums, namespaces and parameter properties do not work',
  );
});

test.each([
  [
    "import { writeFileSync } from 'node:fs';\nwriteFileSync(new URL('written', import.meta.url), '');",
    'FileSystemWrite',
  ],
  ["import { execSync } from 'node:child_process';\nexecSync('touch written');", 'ChildProcess'],
])('a spec can neither write nor start programs', async (text, found) => {
  expect(await specs.refusal(`${text}\nexport default {};`)).toMatch(
    new RegExp(`^os\\.ts:2:1: expected a spec that does nothing but read files, found ${found}`),
  );
  expect(existsSync(join(specs.path, 'written'))).toBe(false);
});

describe('values that no YAML can say', () => {
  test('are all named with path and place', async () => {
    const text = `
class Web { name = 'web'; }
export default {
  init: [undefined, NaN, () => 'a'],
  kernel: new Map(),
  services: [new Web()],
  onboot: [Promise.resolve({})],
};`;
    const message = await specs.refusal(text);
    const lines = message.split('\n').filter((line) => line.startsWith('os.ts'));
    expect(lines).toEqual([
      'os.ts has 6 errors',
      'os.ts:4:10: init[0]: expected a value, found undefined',
      'os.ts:4:21: init[1]: expected a number that JSON has, found NaN',
      'os.ts:4:26: init[2]: expected a value, found a function',
      'os.ts:5:11: kernel: expected a plain object or a list, found an object of type Map',
      'os.ts:6:14: services[0]: expected a plain object or a list, found an object of type Web',
      'os.ts:7:12: onboot[0]: expected a plain object or a list, found a promise: `await` it',
    ]);
  });

  test('a value that holds itself, and one that is too deep', async () => {
    expect(
      await specs.refusal(`const a: any = { services: [] };\na.services.push({ a: a.services });\nexport default a;`),
    ).toContain('services[0].a: expected a value that does not hold itself, found services again');
    expect(await specs.refusal(`let a: any = 1;\nfor (let i = 0; i < 70; i++) a = [a];\nexport default a;`)).toContain(
      'expected at most 64 levels, found more',
    );
  });

  test('the same value in two places is fine', async () => {
    const text = `const env = ['A=b'];\nexport default { services: ['a', 'b'].map((name) => ({ name, image: 'x', env })) };`;
    expect((await specs.evaluate(text)).services).toHaveLength(2);
  });
});

test('mistakes of the spec are those of YAML, at the literals that make them', async () => {
  const text = `import { defineOS } from 'tskit';
const web = { name: 'web', image: 'x', bidns: [] };
export default defineOS({
  services: [web, { name: 'db', image: 'y', readonly: 'yes' }, ...['c'].map((name) => ({ name }))],
});`;
  const lines = (await specs.refusal(text)).split('\n').filter((line) => /^(os|hint)/.test(line));
  expect(lines).toEqual([
    'os.ts has 3 errors',
    'os.ts:2:40: services[0].bidns: expected a known key, found "bidns"; did you mean "binds"?',
    'os.ts:4:13: services[2]: expected the key "image" with an image reference such as "nginx:1.27" or "pkg:busybox", found only "name"',
    'os.ts:4:55: services[1].readonly: expected true or false, found the string "yes"; did you mean true?',
    'hint: docs/spec-reference.md describes every key',
  ]);
});

test('merged after a YAML file, its mistakes are still at their places', async () => {
  const file = specs.write({ 'os.ts': `export default {\n  services: [{ name: 'a', imag: 'b' }],\n};` });
  const { source, root } = await evaluateTypedSpec(file, { signal: new AbortController().signal, warn: () => {} });
  const yaml = { text: 'services:\n  - name: x\n    image: y\n', name: 'os.yml', folder: '/' };
  const typed = { text: source, name: 'os.ts', folder: '/', document: root };
  expect(() => parseSpecs([yaml, typed])).toThrow('os.ts:2:27: services[0].imag: expected a known key');
});
