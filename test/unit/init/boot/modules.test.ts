// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { parseCommandLine } from '../../../../init/boot/command-line.ts';
import { openModuleIndex } from '../../../../init/boot/module-index.ts';
import { createModules } from '../../../../init/boot/modules.ts';
import { FakeSys } from '../../../support/fake-sys.ts';

const folder = '/lib/modules/6.1';
const list = `a\tkernel/a.ko\tc b\tlater
b\tkernel/b.ko\tc\t
built\t\t\t
c\tkernel/c.ko\t\t
later\tkernel/later.ko\t\t
`;

function setUp(commandLine = '') {
  const fake = new FakeSys();
  fake.files.set(`${folder}/tskit/modules`, list);
  fake.files.set(`${folder}/tskit/alias/pci`, '4\npci:\tv1* a\tv2* b\n');
  for (const name of ['a', 'b', 'c', 'later']) fake.files.set(`${folder}/kernel/${name}.ko`, name);
  const warnings: string[] = [];
  const index = openModuleIndex(fake.sys, '6.1');
  if (index === undefined) throw new Error('no index');
  const modules = createModules(fake.sys, index, parseCommandLine(commandLine), (text) => warnings.push(text));
  return { fake, modules, warnings };
}

const insert = (name: string, parameters = ''): string => `finitModule ${folder}/kernel/${name}.ko ${parameters}`;

describe('modules', () => {
  test('loads what a module needs before it and what it wants after it', () => {
    const { fake, modules } = setUp();
    expect(modules.load('a')).toBe(true);
    expect(fake.calls).toEqual([insert('c'), insert('b'), insert('a'), insert('later')]);
  });

  test('loads each module once, and leaves no descriptor open', () => {
    const { fake, modules } = setUp();
    modules.load('b');
    modules.load('a');
    modules.loadByAlias('pci:v2');
    expect(fake.calls).toEqual([insert('c'), insert('b'), insert('a'), insert('later')]);
    expect(fake.openDescriptors).toEqual([]);
  });

  test('has nothing to do for what is compiled in, and does not know what is missing', () => {
    const { fake, modules } = setUp();
    expect(modules.load('built')).toBe(true);
    expect(modules.load('missing')).toBe(false);
    expect(modules.loadByAlias('pci:v3')).toBe(false);
    expect(fake.calls).toEqual([]);
  });

  test('gives parameters from the command line, quoted where they have spaces', () => {
    const { fake, modules } = setUp('c.size=3 c.name="two words" c.flag b-x.y=1');
    modules.load('c');
    expect(fake.calls).toEqual([insert('c', 'size=3 name="two words" flag')]);
  });

  test('does not load blacklisted modules for a device, but by name', () => {
    const { fake, modules } = setUp('modprobe.blacklist=x,c,b');
    expect(modules.loadByAlias('pci:v2')).toBe(false);
    modules.load('b');
    expect(fake.calls).toEqual([insert('c'), insert('b')]);
  });

  test('says nothing of a module without its device, and goes on after others that fail', () => {
    const { fake, modules, warnings } = setUp();
    fake.fail(insert('c'), 'ENODEV');
    fake.fail(insert('b'), 'EKEYREJECTED');
    modules.load('a');
    expect(fake.calls).toContain(insert('a'));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^module b: .*EKEYREJECTED$/);
  });
});
