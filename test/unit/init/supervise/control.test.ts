// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { serveControl } from '../../../../init/supervise/control.ts';
import { FakeMachine, planOf } from '../../../support/fake-machine.ts';

/** Requests in pieces, as they come over the socket, of a client with that user id. */
function ask(pieces: readonly string[], uid = 0) {
  const whole = new FakeMachine(planOf({ services: ['web'] }));
  const { fake, machine } = whole;
  const requests: string[] = [];
  serveControl(machine, (kind) => requests.push(kind));
  const before = fake.openDescriptors.length;
  fake.connect(
    pieces.map((piece) => new TextEncoder().encode(piece)),
    uid,
  );
  const closed = (): boolean => fake.accepted.length === 0 && fake.openDescriptors.length === before;
  whole.turnUntil(closed);
  const replies = fake.calls.filter((call) => call.startsWith('sendmsg')).map((call) => JSON.parse(call.slice(8)));
  return { requests, replies, console: fake.console };
}

describe('the control socket', () => {
  test('tells root the status', () => {
    const { requests, replies } = ask(['{"command":"status"}\n']);
    expect(replies).toMatchObject([
      { ok: true, status: { version: 1, state: 'booting', services: [{ name: 'web' }] } },
    ]);
    expect(requests).toEqual([]);
  });

  test.each(['poweroff', 'reboot', 'halt'])('passes on %s', (command) => {
    const { requests, replies } = ask([`{"command":"${command}"}\n`]);
    expect(replies).toEqual([{ ok: true }]);
    expect(requests).toEqual([command]);
  });

  test('takes a request that comes in pieces', () => {
    expect(ask(['{"comm', 'and":"halt"}', '\n']).requests).toEqual(['halt']);
  });

  test('does nothing for anybody but root', () => {
    const { requests, replies } = ask(['{"command":"poweroff"}\n'], 1000);
    expect(replies).toEqual([{ ok: false, error: 'only root may ask' }]);
    expect(requests).toEqual([]);
  });

  test.each([['{"command":"explode"}\n'], ['not json\n'], ['null\n'], ['[]\n'], [`${'x'.repeat(5000)}\n`]])(
    'refuses %.30j',
    (request) => {
      const { requests, replies } = ask([request.slice(0, 4096), request.slice(4096)].filter((piece) => piece !== ''));
      expect(replies).toMatchObject([{ ok: false, error: expect.stringContaining('unknown request') }]);
      expect(requests).toEqual([]);
    },
  );

  test('gives up a client that says nothing', () => {
    const { requests, replies } = ask([]);
    expect(replies).toEqual([]);
    expect(requests).toEqual([]);
  });
});
