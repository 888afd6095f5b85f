// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { specSchema } from '../../../src/spec/schema.ts';
import { dereference } from '../../../src/spec/schema-node.ts';
import { typesText } from '../../../scripts/spec-types.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const root = new URL('../../..', import.meta.url).pathname;
const folder = temporaryFolder();
beforeAll(() => {
  // As `npm install tskit` leaves it.
  mkdirSync(join(folder.path, 'node_modules'));
  symlinkSync(root, join(folder.path, 'node_modules/tskit'));
});
afterAll(() => folder[Symbol.dispose]());

/** What tsc says of a spec with these statements: its errors, one a line. */
async function errorsOf(code: string, ...flags: readonly string[]): Promise<string> {
  const file = join(folder.path, 'os.ts');
  writeFileSync(file, `import { type Container, defineOS, type OS } from 'tskit';\n${code}\n`);
  // biome-ignore format: one command
  const args = ['--noEmit', '--strict', '--target', 'es2022', '--module', 'nodenext', '--types', '', '--pretty', 'false', ...flags, file];
  const { stdout } = await execa(join(root, 'node_modules/.bin/tsc'), args, { cwd: folder.path, reject: false });
  return stdout;
}

const good = `
const debug: boolean = false;
const web: Container = { name: 'web', image: 'nginx', capabilities: ['CAP_NET_BIND_SERVICE'], uid: 'web' };
export default defineOS({
  kernel: { image: 'pkg:kernel', cmdline: debug ? 'debug' : undefined },
  onboot: [{ name: 'dhcp', image: 'pkg:dhcp', on_failure: 'halt' }],
  services: [web, { ...web, name: 'db', resources: { memory: { limit: 9007199254740993n } }, sysctl: { a: '1' } }],
  files: [{ path: '/etc/motd', contents: 'hi', mode: '0644' }],
});
defineOS(async () => ({ init: ['a'] }));
defineOS((variables) => ({ init: [variables['A'] ?? 'b'] }));
defineOS(Promise.resolve<OS>({ services: null }));`;

test('tsc accepts a good spec, with its strictest flags too', async () => {
  expect(await errorsOf(good, '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess')).toBe('');
});

test.each([
  ['a mistyped key', `defineOS({ kernel: { image: 'a', cmdlin: 'b' } });`, "Did you mean to write 'cmdline'?"],
  ['a mistyped section', `defineOS({ servics: [] });`, "'servics' does not exist in type 'Definition'"],
  ['a missing key', `defineOS({ services: [{ name: 'a' }] });`, "Property 'image' is missing"],
  [
    'a wrong type',
    `defineOS({ services: [{ name: 'a', image: 'b', readonly: 'yes' }] });`,
    "'string' is not assignable to type 'boolean",
  ],
  [
    'an unknown word',
    `defineOS({ services: [{ name: 'a', image: 'b', ambient: ['CAP_KIL'] }] });`,
    `Did you mean '"CAP_KILL"'?`,
  ],
  [
    'a key that is refused',
    `defineOS({ services: [{ name: 'a', image: 'b', selinux: 'x' }] });`,
    "'selinux' does not exist",
  ],
  [
    'a key of onboot in a service',
    `defineOS({ services: [{ name: 'a', image: 'b', on_failure: 'halt' }] });`,
    "'on_failure' does not exist",
  ],
  ['a mistake in a function', `defineOS(() => ({ kernel: { binary: 'a' } }));`, "Property 'image' is missing"],
  [
    'a variable that may be absent',
    `defineOS((variables) => ({ init: [variables['A']] }));`,
    "'string | undefined' is not assignable",
  ],
])('tsc refuses %s', async (_, code, message) => {
  expect(await errorsOf(code)).toContain(message);
});

test('every key of the schema is explained in the words of the schema', () => {
  const text = typesText();
  for (const [key, node] of Object.entries(specSchema.definitions?.['container']?.properties ?? {})) {
    const { description, 'x-refused': refused } = dereference(node, specSchema.definitions ?? {});
    expect(text.includes(` * ${description}\n`) || text.includes(`/** ${description} */`), key).toBe(
      refused === undefined,
    );
  }
});
