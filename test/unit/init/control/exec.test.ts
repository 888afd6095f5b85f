// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { execHead } from '../../../../init/control/commands.ts';
import { createAnswerReader } from '../../../../init/control/http-answer.ts';
import { serveControl } from '../../../../init/control/serve.ts';
import { createSystem } from '../../../../init/supervise/system.ts';
import { FakeMachine, planOf } from '../../../support/fake-machine.ts';

/** A machine whose "web" runs programs that end with `code`, or not by themselves, and a client of it. */
function connected(pieces: readonly string[], code: number | undefined) {
  const plan = planOf({ onboot: ['once'], services: ['web'] });
  const whole = new FakeMachine(plan, { once: { exits: 0 }, web: { check: () => code } });
  const { fake, machine } = whole;
  fake.files.set('/proc/self/mountinfo', '');
  const system = createSystem(machine, plan, 1);
  serveControl(machine, system);
  system.boot();
  whole.turnUntil(() => fake.console.includes('booted'));
  const before = fake.openDescriptors.length;
  const client = fake.connect(
    pieces.map((piece) => new TextEncoder().encode(piece)),
    0,
  );
  return { whole, fake, before, ...client };
}

function read(answer: string) {
  let body = '';
  const reader = createAnswerReader((part) => {
    body += Buffer.from(part).toString();
  });
  reader.push(new TextEncoder().encode(answer));
  return { status: reader.status, isDone: reader.isDone, exitCode: reader.exitCode, body };
}

const head = (...args: readonly string[]): string => execHead('web', args) ?? '';

describe('a program that a client has run in a container', () => {
  test('is heard until it ends, with its exit code, and the connection with it', () => {
    const { whole, answer, isClosed } = connected([head('sh', '-c', 'a "b" c'), 'e\n'], 3);
    whole.turnUntil(isClosed);
    expect(read(answer())).toEqual({ status: 101, isDone: true, exitCode: 3, body: 'sh speaks\n' });
    expect(whole.containers.at(-1)).toBe('exec web sh -c a "b" c');
  });

  test('is killed when its client hangs up, and nothing of it stays', () => {
    const { whole, fake, before, answer } = connected([head('cat'), ''], undefined);
    whole.turnUntil(() => fake.calls.some((call) => /^pidfdSendSignal \d+ 9$/.test(call)));
    expect(answer()).toContain('101 Switching Protocols');
    fake.end(102, 9);
    whole.turnUntil(() => fake.openDescriptors.length <= before - 1);
  });

  test('is killed when its client sends endless lines', () => {
    const { whole, fake } = connected([head('cat'), 'i 00'.padEnd(4096, '0'), '0'.repeat(4096)], undefined);
    whole.turnUntil(() => fake.calls.some((call) => call.startsWith('pidfdSendSignal ')));
    expect(fake.calls.at(-1)).toMatch(/^pidfdSendSignal \d+ 9$/);
  });

  test('has its input ended where the client says so, and once what came before is taken', () => {
    const { whole, fake } = connected([`${head('cat')}i 6869\ni 0a\n`, 'e\n'], undefined);
    whole.turnUntil(() => fake.calls.some((call) => call.startsWith('shutdown ')));
    expect(fake.calls.filter((call) => call.startsWith('pidfdSendSignal'))).toEqual([]);
  });

  test.each([
    [head('cat').replace('Upgrade: tskit-exec', 'Upgrade: h2c'), 400, 'expected "Upgrade: tskit-exec"'],
    [execHead('once', ['cat']) ?? '', 409, 'once does not run'],
    [head(), 409, 'expected the program and its arguments as a list'],
    [head('x').replace('args=', 'arms='), 409, 'expected the program and its arguments as a list'],
    [head('x').replace('%5B%22x%22%5D', '%5B1%5D'), 409, 'expected the program and its arguments as a list'],
  ])('is refused: %j', (request, status, error) => {
    const { whole, answer, isClosed } = connected([request, ''], 0);
    whole.turnUntil(isClosed);
    expect(read(answer())).toMatchObject({ status, body: `${JSON.stringify({ error })}\n` });
    expect(whole.containers.filter((line) => line.startsWith('exec'))).toEqual([]);
  });
});

test('a program whose arguments are too long for a request is not asked for', () => {
  expect(execHead('web', ['x'.repeat(3000)])).toBeDefined();
  expect(execHead('web', ['x'.repeat(4000)])).toBeUndefined();
});
