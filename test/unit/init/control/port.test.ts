// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { createControlPorts } from '../../../../init/control/port.ts';
import { serveClient } from '../../../../init/control/serve.ts';
import { createSystem } from '../../../../init/supervise/system.ts';
import { FakeMachine, planOf } from '../../../support/fake-machine.ts';
import type { FakeSerialPort } from '../../../support/fake-sys.ts';

const status = 'GET /v1/status HTTP/1.1\r\n\r\n';
const followed = 'GET /v1/events?follow=1 HTTP/1.1\r\n\r\n';

/** A booted machine with a control port, and what is at the port's other end. */
function machineWithPort() {
  const plan = planOf({ services: ['web'] });
  const whole = new FakeMachine(plan);
  whole.fake.files.set('/proc/self/mountinfo', '');
  const system = createSystem(whole.machine, plan, 1);
  const ports = createControlPorts(whole.machine, (fd) => serveClient(whole.machine, system, fd));
  const port = whole.fake.serialPort('vport1p1', 'org.tskit.control.0');
  const before = whole.fake.openDescriptors.length;
  ports.look();
  system.boot();
  whole.turnUntil(() => whole.fake.console.includes('booted'));
  // The log of the container, which holds no end of it here.
  whole.turnUntil(() => whole.fake.openDescriptors.length === before + 1);
  return { whole, ports, port, before, host: hostOf(whole, port) };
}

function hostOf(whole: FakeMachine, port: FakeSerialPort) {
  const received = (): string => Buffer.concat(port.outbox).toString();
  return {
    received,
    connect(isConnected: boolean): void {
      port.isConnected = isConnected;
      port.hasNews = true;
    },
    send(text: string): void {
      port.inbox.push(Buffer.from(text));
      port.hasNews = true;
    },
    until: (pattern: RegExp): void => whole.turnUntil(() => pattern.test(received())),
  };
}

describe('a control port', () => {
  test('answers like the socket does, one request after the other', () => {
    const { host } = machineWithPort();
    host.connect(true);
    host.send(status);
    host.until(/^HTTP\/1\.1 200 OK\r\n[^]*"state":"running"/);
    host.send('GET /v1/nothing HTTP/1.1\r\n\r\n');
    host.until(/HTTP\/1\.1 404 /);
    expect(host.received().match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 404']);
  });

  test('sends the marker back before anything else, and leaves out what it was about to say', () => {
    const { host, port } = machineWithPort();
    host.connect(true);
    port.room = 10;
    host.send(followed);
    host.until(/^HTTP\/1\.1 2$/);
    host.send(`\0tskit one\n${status}`);
    port.room = Infinity;
    host.until(/"state":"running"/);
    expect(host.received()).toMatch(
      /^HTTP\/1\.1 2\0tskit one\nHTTP\/1\.1 200 OK\r\nContent-Type: application\/json\r\n/,
    );
  });

  test('takes a marker in pieces, and the last of several', () => {
    const { host } = machineWithPort();
    host.connect(true);
    host.send('GET /v1/st\0tskit la');
    host.send('te\0tsk');
    host.send('it n');
    host.send(`ow\n${status}`);
    host.until(/"state":"running"/);
    expect(host.received()).toMatch(/^\0tskit now\nHTTP\/1\.1 200 OK/);
  });

  test('forgets a client that goes, in the middle of what it follows too', () => {
    const { whole, host, port, before } = machineWithPort();
    host.connect(true);
    host.send(followed);
    host.until(/"number":1/);
    host.connect(false);
    whole.turnUntil(() => whole.fake.openDescriptors.length === before + 1);
    port.outbox.length = 0;
    whole.fake.end(whole.pidOf('web'), 9);
    whole.turnUntil(() => whole.fake.console.includes('SIGKILL'));
    host.connect(true);
    host.send(status);
    host.until(/"state":"degraded"/);
    expect(host.received()).toMatch(/^HTTP\/1\.1 200 OK\r\nContent-Type: application\/json/);
  });

  test('waits for a client that is slow, and holds little for it', () => {
    const { whole, host, port } = machineWithPort();
    host.connect(true);
    host.send(status);
    port.room = 20;
    host.until(/^HTTP\/1\.1 200 OK\r\nCon$/);
    whole.machine.loop.after(3, () => {
      port.room = Infinity;
      port.hasNews = true;
    });
    host.until(/"state":"running"/);
    expect(host.received().match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  test('hears the next client when one went whose request was not taken yet', () => {
    const { whole, host } = machineWithPort();
    whole.fake.fail('pair', 'EAGAIN', 3);
    host.connect(true);
    host.send(followed);
    whole.machine.loop.turn();
    host.connect(false);
    whole.machine.loop.turn();
    host.connect(true);
    host.send(status);
    host.until(/"state":"running"/);
    expect(host.received()).toMatch(/^HTTP\/1\.1 200 OK\r\nContent-Type: application\/json/);
  });

  test('tells a client that was there before that what it waits for went with the system before', () => {
    const { whole, ports } = machineWithPort();
    const port = whole.fake.serialPort('vport1p2', 'org.tskit.control.1');
    port.isConnected = true;
    ports.look();
    whole.turnUntil(() => port.outbox.length > 0);
    expect(Buffer.concat(port.outbox).toString()).toBe('\0tskit\n');
  });

  test('gives up a client that sends what is no request', () => {
    const { host, whole, before } = machineWithPort();
    host.connect(true);
    host.send('nonsense\r\n\r\n');
    host.until(/HTTP\/1\.1 400 /);
    whole.turnUntil(() => whole.fake.openDescriptors.length === before + 1);
    host.send(status);
    host.until(/"state":"running"/);
    expect(host.received().match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 400', 'HTTP/1.1 200']);
  });

  test('is known by its name, is opened once, and is closed when it goes', () => {
    const { whole, ports, before } = machineWithPort();
    whole.fake.serialPort('vport1p3', 'org.qemu.guest_agent.0');
    ports.look();
    expect(whole.fake.openDescriptors).toHaveLength(before + 1);
    whole.fake.files.delete('/sys/class/virtio-ports/vport1p1/name');
    ports.look();
    expect(whole.fake.openDescriptors).toHaveLength(before);
  });

  test('that somebody else holds is left alone', () => {
    const { whole, ports, before } = machineWithPort();
    whole.fake.serialPort('vport1p2', 'org.tskit.control.1');
    whole.fake.fail('openat /dev/vport1p2', 'EBUSY');
    ports.look();
    expect(whole.fake.openDescriptors).toHaveLength(before + 1);
  });
});
