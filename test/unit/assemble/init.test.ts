// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ownInit } from '../../../src/assemble/init.ts';
import { Assembly, at, epoch, pathsOf } from '../../support/assembly.ts';
import { kernelModule } from '../../support/kernel-module.ts';

let assembly: Assembly;
beforeEach(() => {
  assembly = new Assembly();
});
afterEach(() => assembly[Symbol.dispose]());

const amd64 = { os: 'linux', architecture: 'amd64' };

/** Any ELF file will do: only its machine is looked at. */
function binary(name: string): string {
  const path = join(assembly.folder, name);
  writeFileSync(path, kernelModule(name));
  return path;
}

test('the binary is alone in its tree, executable, as /init', async () => {
  const tree = await ownInit(amd64, epoch, binary('init')).load();
  expect(pathsOf(tree)).toEqual(['', 'init']);
  expect(at(tree, 'init')).toMatchObject({
    type: 'file',
    mode: 0o755,
    mtime: epoch,
    content: { data: kernelModule('init') },
  });
});

test('its key follows from its bytes', () => {
  const key = ownInit(amd64, epoch, binary('init')).key;
  expect(ownInit(amd64, epoch, binary('init')).key).toBe(key);
  expect(ownInit(amd64, epoch, binary('other')).key).not.toBe(key);
});

test('a binary that was not built is an error that says how to', () => {
  expect(() => ownInit(amd64, epoch, join(assembly.folder, 'init'))).toThrow(
    expect.objectContaining({
      code: 'not-found',
      message: expect.stringContaining(`expected the target binary "${join(assembly.folder, 'init')}"`),
      hint: expect.stringContaining('`make build`'),
    }),
  );
});

test("another machine's binary is an error that names both", () => {
  const path = binary('init');
  expect(() => ownInit({ os: 'linux', architecture: 'arm64' }, epoch, path)).toThrow(
    expect.objectContaining({
      code: 'platform',
      message: `embedding tskit's init: expected "${path}" to be for arm64, found amd64`,
    }),
  );
});
