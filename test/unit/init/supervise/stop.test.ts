// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import type { RunningContainer } from '../../../../init/supervise/container.ts';
import { stopContainers } from '../../../../init/supervise/stop.ts';
import { FakeMachine, planOf } from '../../../support/fake-machine.ts';

test('the grace period is ten seconds of the clock, on a machine that is busy too', () => {
  const boot = planOf({ services: ['deaf'] });
  const whole = new FakeMachine(boot);
  const started = whole.fake.now;
  let killed: number | undefined;
  const deaf: RunningContainer[] = boot.services.map((plan) => ({
    plan,
    pid: 5,
    signal: () => undefined,
    kill: () => {
      killed = whole.fake.now;
    },
  }));
  const running = (): readonly RunningContainer[] => {
    // A look takes a second of a busy machine.
    whole.fake.now += 1e9;
    return deaf;
  };
  stopContainers(whole.machine, running, () => undefined);
  whole.turnUntil(() => killed !== undefined);
  expect(((killed ?? 0) - started) / 1e9).toBeLessThan(13);
});
