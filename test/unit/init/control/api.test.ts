// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test, vi } from 'vitest';
import { createAnswerReader } from '../../../../init/control/http-answer.ts';
import { serveControl } from '../../../../init/control/serve.ts';
import type { Entry } from '../../../../init/supervise/entry.ts';
import { createSystem, type System } from '../../../../init/supervise/system.ts';
import { FakeMachine, type FakeProgram, planOf } from '../../../support/fake-machine.ts';

const programs: Readonly<Record<string, FakeProgram>> = {
  dhcp: { exits: 0 },
  web: { endsAt: 15, prints: 'hello\nthere\n' },
  slow: {},
};

function booted(running: Readonly<Record<string, FakeProgram>> = programs) {
  const plan = planOf({ onboot: ['dhcp'], services: ['web', 'slow'] });
  const whole = new FakeMachine(plan, running);
  whole.fake.files.set('/proc/self/mountinfo', '');
  const system = createSystem(whole.machine, plan, 1);
  serveControl(whole.machine, system);
  system.boot();
  whole.turnUntil(() => whole.fake.console.includes('booted'));

  /** Requests in pieces, as they come over the socket, of a client with that user id; what it gets until it is closed. */
  function send(pieces: readonly string[], uid = 0): string {
    const { answer, isClosed } = whole.fake.connect(
      pieces.map((piece) => new TextEncoder().encode(piece)),
      uid,
    );
    whole.turnUntil(isClosed);
    return answer();
  }

  /** One request of root, and the JSON of the answer. */
  function ask(request: string): { status: number; body: Record<string, unknown> } {
    return parse(send([`${request} HTTP/1.1\r\nHost: tskit\r\n\r\n`, '']));
  }

  return { whole, system, send, ask };
}

function parse(text: string): { status: number; body: Record<string, unknown> } {
  const [head = '', body = ''] = text.split('\r\n\r\n');
  expect(head).toContain(`Content-Length: ${Buffer.byteLength(body)}`);
  return { status: Number(head.split(' ')[1]), body: JSON.parse(body) };
}

function entryOf({ units }: System, name: string): Entry {
  const entry = units.list().find(({ plan }) => plan.name === name);
  if (entry === undefined) throw new Error(`no ${name}`);
  return entry;
}

/** Of an answer in chunks. */
function bodyOf(answer: string): string {
  let body = '';
  const reader = createAnswerReader((part) => {
    body += Buffer.from(part).toString();
  });
  reader.push(new TextEncoder().encode(answer));
  expect(reader).toMatchObject({ status: 200, isDone: true });
  return body;
}

test.each(['EMFILE', 'ENFILE', 'ENOMEM'])(
  'a client for which there is nothing left (%s) waits for a second, and PID 1 does not spin',
  (errno) => {
    const { whole, ask } = booted();
    const { fake } = whole;
    fake.fail('accept4', errno, 2);
    const before = { calls: fake.accepts, now: fake.now };
    expect(ask('GET /v1/status').status).toBe(200);
    expect(fake.accepts - before.calls).toBe(3);
    expect((fake.now - before.now) / 1e9).toBeCloseTo(2, 1);
  },
);

describe('the control API', () => {
  test('tells the status', () => {
    const { ask } = booted();
    expect(ask('GET /v1/status')).toMatchObject({
      status: 200,
      body: { version: 1, state: 'running', services: [{ id: 'services/web', state: 'running' }, { name: 'slow' }] },
    });
  });

  test('lists entries with what they use', () => {
    const { ask } = booted();
    expect(ask('GET /v1/units').body['units']).toMatchObject([
      { id: 'onboot/dhcp', section: 'onboot', state: 'exited', exitCode: 0 },
      { id: 'services/web', section: 'services', state: 'running', uptime: 0, memory: 1024, cpu: 0.5 },
      { id: 'services/slow' },
    ]);
  });

  test.each(['web', 'services%2Fweb'])('tells all of one, %s', (name) => {
    const { ask } = booted();
    expect(ask(`GET /v1/units/${name}`)).toMatchObject({
      status: 200,
      body: {
        id: 'services/web',
        log: '/var/log/web.log',
        plan: { unit: { stopGrace: 10 } },
        events: [{ number: 3, kind: 'started' }],
      },
    });
  });

  test('stops an entry, and answers when it has ended', () => {
    const { ask, whole } = booted();
    expect(ask('POST /v1/units/web/stop')).toMatchObject({ status: 200, body: { state: 'stopped' } });
    const before = whole.fake.now;
    expect(ask('POST /v1/units/slow/stop')).toMatchObject({
      status: 200,
      body: { state: 'stopped', signal: 'SIGKILL' },
    });
    expect(Math.round((whole.fake.now - before) / 1e9)).toBe(10);
    expect(ask('POST /v1/units/web/start')).toMatchObject({ status: 200, body: { state: 'running', restarts: 1 } });
    expect(ask('POST /v1/units/web/restart')).toMatchObject({ status: 200, body: { state: 'running', restarts: 2 } });
  });

  test('sends signals', () => {
    const { ask, whole } = booted();
    expect(ask('POST /v1/units/slow/kill?signal=HUP').status).toBe(200);
    expect(ask('POST /v1/units/slow/kill').status).toBe(200);
    expect(whole.containers.slice(-2)).toEqual(['signal slow 1', 'signal slow 9']);
    expect(ask('POST /v1/units/slow/kill?signal=LOUD')).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining('"LOUD"') },
    });
    expect(ask('POST /v1/units/dhcp/kill')).toMatchObject({ status: 409, body: { error: 'dhcp does not run' } });
  });

  test('sends the log', () => {
    const { send } = booted();
    const answer = send(['GET /v1/units/web/logs HTTP/1.1\r\n\r\n', '']);
    expect(answer).toContain('\r\nContent-Type: text/plain; charset=utf-8\r\n');
    expect(bodyOf(answer)).toBe('hello\nthere\n');
  });

  test('goes on with a log as long as the client likes', () => {
    const { whole, system } = booted();
    const request = new TextEncoder().encode('GET /v1/units/web/logs?follow HTTP/1.1\r\n\r\n');
    const { answer, isClosed } = whole.fake.connect([request], 0);
    whole.turnUntil(() => answer().endsWith('\r\n\r\nc\r\nhello\nthere\n\r\n'));
    const web = system.units.list().find(({ plan }) => plan.name === 'web');
    if (web !== undefined) system.units.ask(web, 'restart', () => undefined);
    whole.turnUntil(() => answer().endsWith('hello\nthere\n\r\nc\r\nhello\nthere\n\r\n'));
    whole.fake.fail('send', 'EPIPE');
    if (web !== undefined) system.units.ask(web, 'restart', () => undefined);
    whole.turnUntil(isClosed);
    expect(answer().match(/hello/g)).toHaveLength(2);
  });

  test('sends a log that is longer than what waits for a client', () => {
    const prints = `${'x'.repeat(99)}\n`.repeat(1000);
    const { send, whole } = booted({ ...programs, web: { prints } });
    whole.turnUntil(() => whole.fake.files.get('/var/log/web.log')?.length === prints.length);
    expect(bodyOf(send(['GET /v1/units/web/logs HTTP/1.1\r\n\r\n', '']))).toBe(prints);
  });

  test('sends what came lately, and goes on with what comes', () => {
    const { whole, system } = booted({ ...programs, web: { prints: 'hello\n', endsAt: 15 } });
    whole.fake.now += 60e9;
    const { answer } = whole.fake.connect(
      [new TextEncoder().encode('GET /v1/units/web/logs?since=30&follow=1 HTTP/1.1\r\n\r\n')],
      0,
    );
    whole.turnUntil(() => answer().endsWith('\r\n\r\n'));
    expect(answer()).not.toContain('hello');
    const before = whole.fake.now;
    whole.machine.loop.after(10, () => system.units.ask(entryOf(system, 'web'), 'restart', () => undefined));
    whole.turnUntil(() => answer().includes('\r\n6\r\nhello\n\r\n'));
    expect((whole.fake.now - before) / 1e9).toBeCloseTo(10, 0);
  });

  test('tells events, and goes on with that as long as the client likes', () => {
    const { whole, send } = booted();
    const lines = bodyOf(send(['GET /v1/events HTTP/1.1\r\n\r\n', '']))
      .trim()
      .split('\n');
    expect(lines.map((line) => JSON.parse(line).kind)).toEqual(['started', 'ended', 'started', 'started']);
    const { answer } = whole.fake.connect([new TextEncoder().encode('GET /v1/events?follow=1 HTTP/1.1\r\n\r\n')], 0);
    whole.turnUntil(() => answer().includes('"number":4'));
    whole.fake.end(whole.pidOf('slow'), 9);
    whole.turnUntil(() => /"number":5.*SIGKILL/.test(answer()));
  });

  test('takes a further request after an answer in chunks', () => {
    const { send } = booted();
    const answer = send(['GET /v1/events HTTP/1.1\r\n\r\nGET /v1/nothing HTTP/1.1\r\n\r\n', '']);
    expect(answer).toMatch(/^HTTP\/1\.1 200 [^]*\r\n0\r\n\r\nHTTP\/1\.1 404 /);
  });

  test('tells what the boot took, of each entry its first run', () => {
    const { ask, whole } = booted();
    whole.fake.now += 60e9;
    ask('POST /v1/units/web/restart');
    const { body } = ask('GET /v1/boot');
    expect(body).toMatchObject({
      version: 1,
      initAt: 1,
      entriesAt: 1,
      bootedAt: 1,
      units: [
        { id: 'onboot/dhcp', isService: false, waitsForOnboot: false, startedAt: 1, runningAt: 1, endedAt: 1 },
        { id: 'services/web', isService: true, waitsForOnboot: true, startedAt: 1, runningAt: 1, endedAt: 61 },
        { id: 'services/slow', runningAt: 1 },
      ],
    });
  });

  test.each(['poweroff', 'reboot', 'halt'])('passes on %s once it has answered', (kind) => {
    const { ask, whole } = booted();
    expect(ask(`POST /v1/${kind}`).status).toBe(200);
    // The answer is out before anything stops.
    expect(whole.fake.console).not.toContain('asked for');
    whole.turnUntil(() => whole.fake.console.includes(`${kind} asked for by tsctl`));
  });

  test.each([
    ['GET /v1/units/nobody', 404, 'no entry is called "nobody"'],
    ['GET /v1/nothing', 404, 'there is no GET /v1/nothing'],
    ['GET /v1/poweroff', 404, 'there is no GET /v1/poweroff'],
    ['GET /v2/status', 404, 'there is no /v2/status'],
    ['GET /', 404, 'there is no /'],
    ['POST /v1/units/web/explode', 404, 'an entry has no "POST explode"'],
    ['GET /v1/units/web/stop', 404, 'an entry has no "GET stop"'],
    ['DELETE /v1/units/web', 405, 'expected GET or POST, found DELETE'],
    ['GET /v1/units/web/logs?since=noon', 400, 'expected seconds, found "noon"'],
    ['GET /v1/units/%E0%A4%A', 404, 'no entry is called "%E0%A4%A"'],
  ])('refuses %s', (request, status, error) => {
    expect(booted().ask(request)).toEqual({ status, body: { error } });
  });

  test('does nothing for anybody but root', () => {
    const { send, whole } = booted();
    expect(parse(send(['POST /v1/poweroff HTTP/1.1\r\n\r\n', ''], 1000))).toEqual({
      status: 403,
      body: { error: 'only root may ask' },
    });
    expect(whole.fake.console).not.toContain('asked for');
  });

  test('takes a request in pieces, and several over one connection', () => {
    const { send } = booted();
    const answer = send([
      'GET /v1/st',
      'atus HTTP/1.1\r\n',
      '\r\nGET /v1/units HTTP/1.1\r\n\r\nGET /v1/nothing HTTP/1.1\r\n\r\n',
      '',
    ]);
    expect(answer.match(/HTTP\/1\.1 [0-9]+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 404']);
  });

  test.each([
    ['nonsense\r\n\r\n'],
    ['GET status HTTP/1.1\r\n\r\n'],
    ['GET /v1/status HTTP/2\r\n\r\n'],
    ['POST /v1/poweroff HTTP/1.1\r\nContent-Length: 20\r\n\r\nGET / HTTP/1.1\r\n\r\n'],
    [`GET /${'x'.repeat(5000)}`],
  ])('refuses what is no request: %.30j', (text) => {
    const { send, whole } = booted();
    const answer = send([text.slice(0, 4096), text.slice(4096)].filter((piece) => piece !== ''));
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(answer.match(/HTTP\/1\.1 [0-9]+/g)).toHaveLength(1);
    expect(whole.fake.console).not.toContain('asked for');
  });

  test('gives up a client that says nothing, or not enough', () => {
    const { send } = booted();
    expect(send([])).toBe('');
    expect(send(['GET /v1/status HTTP/1.1\r\n'])).toBe('');
  });

  test('answers what was asked in time when it is PID 1 that comes late', () => {
    const { whole } = booted();
    const { send, answer, isClosed } = whole.fake.connect([], 0);
    const before = whole.fake.accepts;
    whole.turnUntil(() => whole.fake.accepts > before);
    whole.fake.now += 60e9;
    // The timer and the request are there at once.
    send('GET /v1/nothing HTTP/1.1\r\n\r\n');
    whole.machine.loop.turn();
    expect(answer()).toMatch(/^HTTP\/1\.1 404 /);
    whole.fake.now += 60e9;
    send('GET /v1/nothing HT');
    whole.machine.loop.turn();
    expect(isClosed()).toBe(true);
    expect(answer().match(/HTTP/g)).toHaveLength(1);
  });

  test('closes when a client asks again and again and reads nothing', () => {
    const { whole } = booted();
    whole.fake.fail('send', 'EAGAIN');
    const request = new TextEncoder().encode('GET /v1/units/web HTTP/1.1\r\n\r\n');
    const { isClosed } = whole.fake.connect(Array<Uint8Array>(4000).fill(request), 0);
    whole.turnUntil(isClosed, 4000);
    expect(isClosed()).toBe(true);
  });

  test('follows nothing for a client that is gone before its answer', () => {
    const { whole, send } = booted();
    let followers = 0;
    vi.spyOn(whole.machine.events, 'follow').mockImplementation(() => {
      followers += 1;
      return () => {
        followers -= 1;
      };
    });
    whole.fake.fail('send', 'EPIPE');
    expect(send(['GET /v1/events?follow HTTP/1.1\r\n\r\n'])).toBe('');
    expect(followers).toBe(0);
  });

  test('has so many clients at once, and others when they are gone', () => {
    const { whole, ask } = booted();
    const follow = new TextEncoder().encode('GET /v1/events?follow HTTP/1.1\r\n\r\n');
    const clients = Array.from({ length: 32 }, () => whole.fake.connect([follow], 0));
    whole.turnUntil(() => clients.every(({ answer }) => answer() !== ''));
    const late = whole.fake.connect([follow], 0);
    whole.turnUntil(late.isClosed);
    expect(late.answer()).toBe('');
    whole.fake.fail('send', 'EPIPE', 32);
    whole.machine.events.add('services/web', 'started', 'again');
    expect(clients.every(({ isClosed }) => isClosed())).toBe(true);
    expect(ask('GET /v1/status').status).toBe(200);
  });

  test('closes when a client hangs up', () => {
    const { send } = booted();
    expect(send([''])).toBe('');
    expect(send(['GET /v1/sta', ''])).toBe('');
  });
});
