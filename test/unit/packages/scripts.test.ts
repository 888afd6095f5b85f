// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, it } from 'vitest';
import type { Deb } from '../../../src/packages/deb.ts';
import { installActions, requireReplaced } from '../../../src/packages/scripts.ts';

function deb(members: Record<string, string>): Deb {
  return {
    file: '/cache/x.deb',
    control: '',
    fields: new Map(),
    members: new Map(Object.entries(members)),
    dataFile: '',
    entries: [],
  };
}

const library = deb({ triggers: 'activate-noawait ldconfig\n', shlibs: '' });
const service = deb({ preinst: '', postinst: '', prerm: '', postrm: '', templates: '', conffiles: '' });

describe('what an installation would run', () => {
  it('is preinst, postinst and config, but nothing that runs at an upgrade or removal', () => {
    expect(installActions(service)).toEqual(['preinst', 'postinst']);
    expect(installActions(deb({ config: '' }))).toEqual(['config']);
  });

  it('is every trigger of any kind, each once', () => {
    const triggers = '# comment\n interest-await a\ninterest-noawait b\ninterest c\nactivate-await a\nactivate d\n\n';
    expect(installActions(deb({ triggers }))).toEqual(['trigger a', 'trigger b', 'trigger c', 'trigger d']);
  });
});

describe('a recipe', () => {
  const debs = new Map([
    ['libone', library],
    ['libtwo', library],
    ['service', service],
  ]);

  it('that answers for all of it, by name or glob, passes', () => {
    const replaced = { 'lib*': { 'trigger ldconfig': 'x' }, service: { preinst: 'x', postinst: 'x' } };
    expect(() => requireReplaced({ packages: [], replaced }, 'recipe.yml', debs)).not.toThrow();
  });

  it('that answers for part of it gets the rest, ready to be filled in, a shared trigger once', () => {
    expect(() =>
      requireReplaced({ packages: [], replaced: { service: { preinst: 'x' } } }, 'recipe.yml', debs),
    ).toThrow(
      expect.objectContaining({
        code: 'package',
        message:
          'building from "recipe.yml": scripts of packages are not run, and the recipe does not say what replaces these:' +
          '\n  libone: trigger ldconfig\n  libtwo: trigger ldconfig\n  service: postinst (in "/cache/x.deb")',
        hint: expect.stringContaining(
          'replaced:\n  "*":\n    trigger ldconfig: what does this here, or why not\n  service:\n    postinst: what',
        ),
      }),
    );
  });
});
