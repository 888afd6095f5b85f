// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// One run of an entry's container, from its start to its end.

import { CLOCK_MONOTONIC } from '../linux.ts';
import { secondsOf, startContainer } from './container.ts';
import { stateOf } from './entry.ts';
import { startChecks } from './health.ts';
import type { Machine } from './machine.ts';
import { isInGrace, type Node } from './node.ts';
import { reportStart } from './report.ts';
import type { UnitEvent } from './unit.ts';

/** What a run tells of. */
export interface RunCalls {
  /** Something that its unit has to know; `detail` is why it is unhealthy. */
  feed(node: Node, event: UnitEvent, detail?: string): void;
  /** The service asks for so many seconds to end, and may have them. */
  setTimer(node: Node, seconds: number): void;
}

/** Starts the container and its checks. When it cannot be started its end is told at once. */
export function startRun(machine: Machine, node: Node, calls: RunCalls): void {
  const { sys, status } = machine;
  const before = sys.clockGettime(CLOCK_MONOTONIC);
  node.says = undefined;
  node.why = undefined;
  const container = startContainer(machine, node.section, node.plan, {
    onExit() {
      node.container = undefined;
      endChecks(node, true);
    },
    onEnd(outcome) {
      node.last = outcome;
      calls.feed(node, { kind: 'ended', end: { ok: outcome.ok, ran: outcome.ran, seconds: secondsOf(outcome) } });
    },
  });
  if (container === undefined) return;
  node.container = container;
  node.wasStarted = true;
  reportStart(machine, node, (sys.clockGettime(CLOCK_MONOTONIC) - before) / 1e9);
  node.checks = startChecks(machine, node.plan, container, node.notifySocket, {
    healthy: () => calls.feed(node, { kind: 'healthy' }),
    unhealthy: (why) => calls.feed(node, { kind: 'unhealthy' }, why),
    says(text) {
      node.says = text;
      status.set(node.plan, stateOf(node));
    },
    extend(seconds) {
      // Not while the machine stops: that is to take no longer than was promised.
      if (isInGrace(node) && node.unit.isLast !== true) calls.setTimer(node, seconds);
    },
  });
}

/** The container is being stopped, or is gone: its checks end. */
export function endChecks(node: Node, isGone: boolean): void {
  node.checks?.end(isGone);
  if (isGone) node.checks = undefined;
}
