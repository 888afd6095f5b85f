// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { parseUevent, readUevents } from '../../../../init/boot/uevents.ts';
import { FakeSys } from '../../../support/fake-sys.ts';

const message =
  'add@/devices/pci0000:00/0000:00:02.0/virtio0\0ACTION=add\0DEVPATH=/devices/pci0000:00/0000:00:02.0/virtio0\0' +
  'SUBSYSTEM=virtio\0MODALIAS=virtio:d00000001v00001AF4\0SEQNUM=1153\0';

describe('uevents', () => {
  test('have the fields that the kernel sends', () => {
    const event = parseUevent(message);
    expect(event.get('ACTION')).toBe('add');
    expect(event.get('MODALIAS')).toBe('virtio:d00000001v00001AF4');
    expect(event.get('SEQNUM')).toBe('1153');
    expect(event.size).toBe(5);
  });

  test('are taken until none waits', () => {
    const fake = new FakeSys();
    const bytes = new TextEncoder().encode(message);
    const events = readUevents(fake.sys, fake.queue([bytes, bytes]));
    expect(events).toHaveLength(2);
  });
});
