// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import type { Coldplug } from '../../../../init/boot/coldplug.ts';
import { watchDevices } from '../../../../init/supervise/devices.ts';
import { FakeMachine, planOf } from '../../../support/fake-machine.ts';

const event = (text: string): Uint8Array => new TextEncoder().encode(text.replaceAll('\n', '\0'));

function setUp(events: readonly Uint8Array[], look: () => void = () => undefined) {
  const { fake, machine } = new FakeMachine(planOf({}));
  const done: string[] = [];
  const coldplug: Coldplug = {
    loadPresent: () => done.push('look through'),
    take: (modaliases) => modaliases.filter((modalias) => modalias !== 'known'),
    takeDeferred: () => ['deferred'],
  };
  const socket = fake.queue(events);
  const load = (modaliases: readonly string[]): void => {
    for (const modalias of modaliases) done.push(`load ${modalias}`);
  };
  watchDevices(machine.sys, machine.loop, machine.console, socket, coldplug, load, {
    buttons: { add: (name) => done.push(`button ${name}`) },
    ports: {
      look() {
        done.push('ports');
        look();
      },
    },
  });
  return { fake, machine, socket, done };
}

describe('devices', () => {
  test('that appear get their modules, input devices are offered as power buttons, others are nothing to us', () => {
    const { machine, done } = setUp([
      event('add@/d/a\nACTION=add\nSUBSYSTEM=pci\nMODALIAS=pci:v1'),
      event('add@/d/a2\nACTION=add\nSUBSYSTEM=pci\nMODALIAS=known'),
      event('remove@/d/b\nACTION=remove\nSUBSYSTEM=pci\nMODALIAS=pci:v2'),
      event('add@/d/c\nACTION=add\nSUBSYSTEM=input\nDEVNAME=input/event3'),
      event('add@/d/d\nACTION=add\nSUBSYSTEM=input\nDEVNAME=input/mouse0'),
      event('change@/d/e\nACTION=change\nSUBSYSTEM=block\nDEVNAME=vda'),
    ]);
    machine.loop.turn();
    expect(done).toEqual(['load pci:v1', 'button event3']);
  });

  test('that are serial ports are looked at again when they have got their name', () => {
    const { machine, done } = setUp([event('change@/d/p\nACTION=change\nSUBSYSTEM=virtio-ports\nDEVNAME=vport1p1')]);
    machine.loop.turn();
    expect(done).toEqual(['ports']);
  });

  test('are looked through again a second after the kernel had to leave out events, once however often it did', () => {
    const { fake, machine, socket, done } = setUp([event('add@/d/a\nACTION=add\nMODALIAS=pci:v1')]);
    const before = fake.now;
    fake.fail(`recvmsg ${socket}`, 'ENOBUFS', 3);
    for (let turns = 0; turns < 4; turns += 1) machine.loop.turn();
    expect(done).toEqual(['load pci:v1']);
    while (!done.includes('look through')) machine.loop.turn();
    expect((fake.now - before) / 1e9).toBeCloseTo(1);
    expect(done.filter((act) => act === 'look through')).toHaveLength(1);
    expect(() => machine.loop.turn()).toThrow('wait forever');
  });

  test('that were put off come a second later', () => {
    const { fake, machine, done } = setUp([]);
    const before = fake.now;
    machine.loop.turn();
    expect(done).toEqual(['load deferred']);
    expect((fake.now - before) / 1e9).toBe(1);
  });

  test('that cannot be read are a warning', () => {
    const { fake, machine, socket } = setUp([event('x')]);
    fake.fail(`recvmsg ${socket}`, 'EIO');
    machine.loop.turn();
    expect(fake.console).toMatch(/\*\*\* devices: recvmsg .*EIO/);
  });
  test('are no excuse for a fault of ours, which goes the way of all faults', () => {
    const fault = (): never => {
      throw new TypeError('fault');
    };
    const { machine } = setUp([event('change@/d/p\nACTION=change\nSUBSYSTEM=virtio-ports')], fault);
    expect(() => machine.loop.turn()).toThrow('fault');
  });

  test('that make difficulties when all are looked through are a warning too', () => {
    const { fake, machine, socket, done } = setUp([event('x')], () => {
      fake.fail('openat /sys', 'EIO');
      fake.sys.openat(-100, '/sys', 0, 0);
    });
    fake.fail(`recvmsg ${socket}`, 'ENOBUFS', 1);
    while (!done.includes('ports')) machine.loop.turn();
    expect(fake.console).toMatch(/\*\*\* devices: openat .*EIO/);
  });
});
