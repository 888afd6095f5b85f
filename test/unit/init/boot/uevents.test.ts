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

  test('are taken 256 at a time, so that a flood does not keep PID 1 from everything else', () => {
    const fake = new FakeSys();
    const bytes = new TextEncoder().encode(message);
    const socket = fake.queue(Array.from({ length: 600 }, () => bytes));
    const counts = [1, 2, 3, 4].map(() => readUevents(fake.sys, socket).length);
    expect(counts).toEqual([256, 256, 88, 0]);
  });

  test('of another process than the kernel are dropped, and count as taken', () => {
    const fake = new FakeSys();
    const bytes = new TextEncoder().encode(message);
    const socket = fake.queue(
      Array.from({ length: 300 }, () => bytes),
      { port: 4711 },
    );
    expect(readUevents(fake.sys, socket)).toEqual([]);
    const left = 300 - 256;
    for (let count = 0; count < left; count += 1) fake.sys.recvmsg(socket, new Uint8Array(8192), 0);
    expect(() => fake.sys.recvmsg(socket, new Uint8Array(8192), 0)).toThrow('EAGAIN');
  });
});
