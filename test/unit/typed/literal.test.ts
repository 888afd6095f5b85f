// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import type { Path } from '../../../src/spec/document.ts';
import { literalOf } from '../../../src/typed/literal.ts';
import { spanOf } from '../../../src/typed/typed-document.ts';

/** The text at the place of a path, up to the end of its first word. */
function found(source: string, path: Path): string {
  const { start } = spanOf(literalOf(source), path);
  return /^(?:[\w.'$]+|.)/s.exec(source.slice(start))?.[0] ?? '';
}

test.each<[string, string, Path, string]>([
  ['a literal', 'export default { a: { b: [1, here] } };', ['a', 'b', 1], 'here'],
  ['defineOS', 'export default defineOS({ a: here })', ['a'], 'here'],
  ['a function', 'export default defineOS(async (v): OS => ({ a: here }))', ['a'], 'here'],
  [
    'a function with a body',
    'export default defineOS((v) => {\n  const x = { a: 1 };\n  return { a: here };\n})',
    ['a'],
    'here',
  ],
  ['a named function', 'const make = () => ({ a: here });\nexport default defineOS(make);', ['a'], 'here'],
  ['a constant', 'const c: Array<string> = ["x", here];\nexport default { a: c };', ['a', 1], 'here'],
  ['a shorthand', 'const a = [here];\nexport default { a };', ['a', 0], 'here'],
  ['a quoted key', `export default { 'a.b': 1, "c": here };`, ['c'], 'here'],
  ['satisfies', 'const o = { a: here } satisfies OS;\nexport default o;', ['a'], 'here'],
  ['as const', 'export default { a: [1, here] as const, b: 2 };', ['a', 1], 'here'],
  ['strings with brackets', `export default { a: ['}', "],", \`\${{ x: '}' }.x},]\`, here] };`, ['a', 3], 'here'],
  ['comments', 'export default { // }\n /* ] */ a: /* , */ here };', ['a'], 'here'],
  ['regular expressions', 'export default { x: /[/}],"/.test(y), a: here };', ['a'], 'here'],
  ['a conditional', 'export default { x: y ? { z: 1 } : [2], a: here };', ['a'], 'here'],
  ['an arrow function among the values', 'export default { x: (y: number) => ({ z: 1 }), a: here };', ['a'], 'here'],
  ['what is computed', 'export default { a: here() };', ['a', 'b', 3], 'here'],
  ['what comes after a spread', 'export default { a: [...b, c] };', ['a', 1], '['],
  ['what a call makes of a literal', "export default { a: ['x'].concat(c) };", ['a', 1], '['],
  ['a constant that stands for itself', 'const a = b; const b = a;\nexport default { x: a };', ['x', 'y'], 'a'],
  ['no default export', 'x = 1', ['a'], 'x'],
])('%s', (_, source, path, expected) => {
  expect(found(source, path)).toBe(expected);
});

test('no text makes it fail or hang', () => {
  const source = "const a = { b: [1, `x${{ c: '}' }}`], d: a };\nexport default defineOS({ e: a /* x */, f: /[/]/ })";
  for (let end = 0; end <= source.length; end += 1) {
    for (const text of [source.slice(0, end), `${source.slice(end)}\nexport default { a: [`])
      expect(literalOf(text)).toBeDefined();
  }
});
