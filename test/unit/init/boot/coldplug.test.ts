// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { createColdplug } from '../../../../init/boot/coldplug.ts';
import type { Modules } from '../../../../init/boot/modules.ts';
import { FakeSys } from '../../../support/fake-sys.ts';

function setUp() {
  const fake = new FakeSys();
  fake.files.set('/sys/bus/pci/devices/0000:00:01.0/modalias', 'pci:net\n');
  fake.files.set('/sys/bus/pci/devices/0000:00:02.0/modalias', 'pci:net\n');
  fake.files.set('/sys/bus/pci/devices/0000:00:03.0/vendor', '0x8086\n');
  fake.files.set('/sys/bus/acpi/devices/LNXPWRBN:00/modalias', 'acpi:LNXPWRBN:\n');
  fake.files.set('/sys/class/input/event0/device/name', 'Power Button\n');
  fake.files.set('/sys/devices/system/cpu/modalias', 'cpu:type:x86\n');
  const loaded: string[] = [];
  const modules: Modules = {
    load: () => true,
    loadByAlias(alias) {
      loaded.push(alias);
      // The PCI driver brings a device on its own bus.
      if (alias === 'pci:net') fake.files.set('/sys/bus/virtio/devices/virtio0/modalias', 'virtio:d1\n');
      return true;
    },
  };
  return { fake, loaded, modules, coldplug: createColdplug(fake.sys, modules) };
}

const event = (text: string): Uint8Array => new TextEncoder().encode(text.replaceAll('\n', '\0'));

describe('coldplug', () => {
  test('looks until nothing new appears when the kernel does not tell', () => {
    const { coldplug, loaded } = setUp();
    coldplug.loadPresent(undefined);
    expect(loaded).toEqual(['pci:net', 'virtio:d1']);
  });

  test('takes devices that drivers bring from what the kernel tells', () => {
    const { fake, coldplug, loaded } = setUp();
    const socket = fake.queue([
      event('add@/module/virtio\nACTION=add\nSUBSYSTEM=module'),
      event('add@/devices/virtio0\nACTION=add\nSUBSYSTEM=virtio\nMODALIAS=virtio:d1'),
      event('remove@/devices/x\nACTION=remove\nMODALIAS=pci:gone'),
    ]);
    coldplug.loadPresent(socket);
    expect(loaded).toEqual(['pci:net', 'virtio:d1']);
  });

  test('looks again when the kernel had to leave out events', () => {
    const { fake, loaded, modules } = setUp();
    const socket = fake.queue([]);
    fake.fail(`recvmsg ${socket}`, 'ENOBUFS');
    createColdplug(fake.sys, modules).loadPresent(socket);
    expect(loaded).toEqual(['pci:net', 'virtio:d1']);
  });

  test('loads the driver of a random device first when the kernel has no random numbers yet, later when it has', () => {
    const device = 'virtio:d00000004v00001AF4';
    for (const [entropy, taken] of [
      ['12\n', [device]],
      ['256\n', []],
    ] as const) {
      const { fake, modules } = setUp();
      fake.files.set('/proc/sys/kernel/random/entropy_avail', entropy);
      const coldplug = createColdplug(fake.sys, modules);
      expect(coldplug.take([device])).toEqual(taken);
      expect(coldplug.takeDeferred()).toEqual(taken.length === 0 ? [device] : []);
    }
  });

  test('puts off processors and buttons until it is asked for them, and later ones no more', () => {
    const { coldplug, loaded } = setUp();
    coldplug.loadPresent(undefined);
    expect(coldplug.take(['input:b0003', 'pci:net', 'usb:v1'])).toEqual(['usb:v1']);
    expect(coldplug.takeDeferred().sort()).toEqual(['acpi:LNXPWRBN:', 'cpu:type:x86', 'input:b0003']);
    expect(coldplug.take(['input:b0003', 'input:b0004'])).toEqual(['input:b0004']);
    expect(loaded).toEqual(['pci:net', 'virtio:d1']);
  });
});
