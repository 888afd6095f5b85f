// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { openModuleIndex } from '../../../../init/boot/module-index.ts';
import { moduleIndex } from '../../../../src/assemble/module-index.ts';
import { FakeSys } from '../../../support/fake-sys.ts';

const release = '6.1.0-test';

function kernelModule(name: string, aliases: readonly string[], depends: readonly string[] = []) {
  return { name, path: `kernel/${name}.ko`, aliases, depends, pre: [], post: [] };
}

/** What the build writes, read as init reads it. */
function openWritten(modules: Parameters<typeof moduleIndex>[0], builtin: readonly string[] = []) {
  const fake = new FakeSys();
  for (const [path, text] of moduleIndex(modules, builtin)) fake.files.set(`/lib/modules/${release}/${path}`, text);
  const index = openModuleIndex(fake.sys, release);
  if (index === undefined) throw new Error('no index');
  return index;
}

describe('the module index', () => {
  const index = openWritten(
    [
      kernelModule('virtio', []),
      kernelModule('virtio_pci', ['pci:v00001AF4d*sv*sd*bc*sc*i*'], ['virtio']),
      kernelModule('nvme', ['pci:v*d*sv*sd*bc01sc08i02*']),
      kernelModule('i2c_i801', ['pci:v00008086d00002930sv*sd*bc*sc*i*']),
      kernelModule('button', ['acpi*:PNP0C0C:*', 'acpi*:LNXPWRBN:*']),
      kernelModule('nf_log_syslog', ['nf-logger-2-0']),
      kernelModule('evdev', ['input:b*v*p*e*-e*1,*k*r*a*m*l*s*f*w*']),
      kernelModule('overlay', ['fs-overlay']),
      kernelModule('cpu_thing', ['cpu:type:x86,ven*fam*mod*:feature:*009[13]*']),
    ],
    ['ext4'],
  );

  test('finds a device of a vendor, of a class and an exact one', () => {
    expect(index.matchAlias('pci:v00001AF4d00001000sv00001AF4sd00000001bc02sc00i00')).toEqual(['virtio_pci']);
    expect(index.matchAlias('pci:v0000144Dd0000A808sv00001AF4sd00001100bc01sc08i02')).toEqual(['nvme']);
    expect(index.matchAlias('pci:v00008086d00002930sv00001AF4sd00001100bc0Csc05i00')).toEqual(['i2c_i801']);
    expect(index.matchAlias('pci:v0000FFFFd00000001sv00001AF4sd00001100bc03sc00i00')).toEqual([]);
  });

  test('matches patterns whose bus has a star, and brackets', () => {
    expect(index.matchAlias('acpi:LNXPWRBN:')).toEqual(['button']);
    expect(index.matchAlias('acpi:PNP0000:PNP0C0C:')).toEqual(['button']);
    expect(index.matchAlias('cpu:type:x86,ven0002fam000Fmod006B:feature:,0000,0091,00C0')).toEqual(['cpu_thing']);
    expect(index.matchAlias('cpu:type:x86,ven0002fam000Fmod006B:feature:,0000,0092,00C0')).toEqual([]);
  });

  test('finds all of several ids, once each and in the order of the index', () => {
    const ids = openWritten([
      kernelModule('first', ['acpi*:A:*', 'acpi*:B:*']),
      kernelModule('second', ['acpi*:B:*', 'acpi*:[C]*']),
      kernelModule('third', ['acpi*:AA:*']),
    ]);
    expect(ids.matchAlias('acpi:B:A:')).toEqual(['first', 'second']);
    expect(ids.matchAlias('acpi:C:A:')).toEqual(['first', 'second']);
    expect(ids.matchAlias('acpi:A')).toEqual([]);
  });

  test('compares "-" and "_" as the same, in names and modaliases', () => {
    expect(index.matchAlias('nf-logger-2-0')).toEqual(['nf_log_syslog']);
    expect(index.matchAlias('input:b0011v0001p0001eAB41-e0,1,4,11,14,k71,72ramlsfw')).toEqual(['evdev']);
  });

  test('lists dependencies, and knows what is compiled in by an empty path', () => {
    expect(index.find('virtio_pci')).toMatchObject({ path: 'kernel/virtio_pci.ko', before: ['virtio'], after: [] });
    expect(index.find('ext4')?.path).toBe('');
    expect(index.find('virtio_p')).toBeUndefined();
  });

  test('has nothing for a bus without aliases, or a release without modules', () => {
    expect(index.matchAlias('usb:v1D6Bp0002d0601dc09dsc00dp00ic09isc00ip00in00')).toEqual([]);
    expect(openModuleIndex(new FakeSys().sys, release)).toBeUndefined();
  });
});
