// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { checkHooks, hasHooks } from '../../../../init/container/hooks.ts';

describe('hooks', () => {
  test('may take a whole number of seconds from 1 on', () => {
    checkHooks({ prestart: [{ path: '/a', timeout: 1 }, { path: '/b' }] });
    expect(() => checkHooks({ poststop: [{ path: '/a' }, { path: '/b', timeout: -1 }] })).toThrow(
      'hooks.poststop[1].timeout: expected at least 1 second, found -1',
    );
  });

  test('are there when a list has one', () => {
    const hooks = { prestart: [], createContainer: [{ path: '/a' }] };
    expect(hasHooks(hooks, 'prestart', 'createRuntime')).toBe(false);
    expect(hasHooks(hooks, 'prestart', 'createContainer')).toBe(true);
    expect(hasHooks(undefined, 'poststop')).toBe(false);
  });
});
