// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { step } from '../../../../init/container/step.ts';

function failing(syscall: string): () => never {
  return () => {
    throw Object.assign(new Error(`${syscall} /proc: EPERM`), { errno: 1, code: 'EPERM', syscall });
  };
}

test('a system call that the act names is not named again', () => {
  expect(() => step('mount proc on /proc', failing('mount'))).toThrow(/^mount proc on \/proc: EPERM$/);
});

test('another system call is named before its errno', () => {
  expect(() => step('mount proc on /proc', failing('fsmount'))).toThrow(/^mount proc on \/proc: fsmount: EPERM$/);
});

test('the outermost act comes first', () => {
  expect(() => step('container x', () => step('clone', failing('clone3')))).toThrow(
    /^container x: clone: clone3: EPERM$/,
  );
});

test('the value of a step that succeeds is handed on', () => {
  expect(step('add', () => 3)).toBe(3);
});
