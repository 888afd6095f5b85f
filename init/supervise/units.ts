// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Starts entries in the order of their dependencies, keeps them going and stops them again: what unit-step.ts decides is carried out
// here.

import type { FailureAction } from '../contract/unit-plan.ts';
import { SIGTERM } from '../linux.ts';
import { signalNumber } from '../signal-names.ts';
import { type Entry, isOver, stateOf } from './entry.ts';
import type { Machine } from './machine.ts';
import { createNodes, isInGrace, isOnItsWay, isUp, type Node } from './node.ts';
import { endChecks, startRun } from './node-run.ts';
import { prospectsOf } from './prospects.ts';
import { report } from './report.ts';
import type { PlannedSections } from './status.ts';
import type { UnitAct, UnitEvent } from './unit.ts';
import { stepUnit } from './unit-step.ts';

/** The entries that run and depend on each other. */
export interface Units {
  /** Starts what waits for nothing, and from then on whatever has what it waits for. */
  start(): void;
  /** Starts no entry for the first time any more. What runs goes on. */
  freeze(): void;
  list(): readonly Entry[];
  /**
   * Asked for by somebody. `onDone` is called as soon as the entry is not on its way to its end any more. A start or stop is that of
   * its whole pod.
   */
  ask(entry: Entry, kind: 'start' | 'stop' | 'restart', onDone: () => void): void;
  /**
   * Stops all entries, each once those that depend on it are gone, and starts none any more. One that even SIGKILL does not end is
   * given up. `onDone` is called once.
   */
  shutDown(onDone: () => void): void;
}

/** What becomes of all entries together. */
export interface UnitsOptions {
  /** No entry is on its way any more (see isOnItsWay). Called once, if at all. */
  readonly onSettled: () => void;
  /** What an entry has come to is to do something to the system. */
  readonly onSystem: (how: Exclude<FailureAction, 'continue'>, entry: Entry) => void;
}

/** Entries of the plan by section, which may depend on each other. */
export function createUnits(machine: Machine, sections: PlannedSections, options: UnitsOptions): Units {
  const { loop, status } = machine;
  const byId = createNodes(machine, sections);
  const nodes = [...byId.values()];
  /** Those that are to be started or skipped, one a turn of the loop. */
  const queue: Node[] = [];
  const onItsWay = new Set<Node>();
  const up = new Set<Node>();
  let onboot = nodes.filter((node) => node.section === 'onboot').length;
  let isStarted = false;
  let isFrozen = false;
  let isSettled = false;
  let onDown: (() => void) | undefined;

  function feed(node: Node, event: UnitEvent, detail?: string): void {
    const before = node.unit;
    const { unit, acts } = stepUnit(node.plan.unit, before, event);
    if (unit === before && acts.length === 0) return;
    node.unit = unit;
    if (unit.phase !== 'running') endChecks(node, unit.phase !== 'stopping');
    report(machine, node, event, before, acts, detail);
    for (const act of acts) carryOut(node, act);
    settle(node);
  }

  function carryOut(node: Node, act: UnitAct): void {
    switch (act.do) {
      case 'launch':
        return startRun(machine, node, { feed, setTimer });
      case 'signal':
        return node.container?.signal(signalNumber(node.plan.stopSignal ?? '') ?? SIGTERM);
      case 'kill':
        return node.container?.kill();
      case 'timer':
        return setTimer(node, act.seconds);
      case 'cancel timer':
        return node.cancelTimer?.();
      case 'give up':
        return undefined;
      case 'system':
        return options.onSystem(act.how, node);
    }
  }

  function setTimer(node: Node, seconds: number): void {
    node.cancelTimer?.();
    node.cancelTimer = loop.after(seconds, () => feed(node, { kind: 'timer' }));
  }

  /** What follows for others from where an entry stands now. */
  function settle(node: Node): void {
    status.set(node.plan, stateOf(node));
    put(onItsWay, node, isOnItsWay(node));
    put(up, node, isUp(node));
    if (isOver(node) && !node.hasBeenOver) {
      node.hasBeenOver = true;
      if (node.section === 'onboot') countDownOnboot();
    }
    for (const { node: dependent } of node.dependents) look(dependent);
    if (node.restartsOthers) restartOthers(node);
    if (node.unit.phase !== 'stopping') for (const done of node.waiters.splice(0)) done();
    if (onDown !== undefined) goDown(node);
    tellIfSettled();
  }

  function countDownOnboot(): void {
    onboot -= 1;
    if (onboot === 0) for (const node of nodes) if (node.plan.waitsForOnboot) look(node);
  }

  /** Whether what an entry waits for is there, or never will be; or is there after all, of one that was skipped. */
  function look(node: Node): void {
    const { phase } = node.unit;
    if ((phase !== 'waiting' && phase !== 'skipped') || node.isQueued || !isStarted || isFrozen) return;
    const found = prospectsOf(node, byId, onboot > 0);
    if (found === 'open' || (phase === 'skipped' && found !== 'ready')) return;
    node.why = found === 'ready' ? undefined : found.lost;
    node.isQueued = true;
    if (queue.push(node) === 1) loop.after(0, startNext);
  }

  /** One a turn: meanwhile logs are kept, processes reaped and requests heard. */
  function startNext(): void {
    const node = queue.shift();
    if (node === undefined) return;
    node.isQueued = false;
    if (queue.length > 0) loop.after(0, startNext);
    feed(node, { kind: node.why === undefined ? 'ready' : 'skip' });
  }

  function restartOthers(node: Node): void {
    const { phase, health } = node.unit;
    if (phase === 'stopping' || phase === 'delayed' || health === 'starting') return;
    node.restartsOthers = false;
    if (phase !== 'running') return;
    for (const { node: dependent, restart } of node.dependents) if (restart) restartWithOthers(dependent);
  }

  function restartWithOthers(node: Node): void {
    node.restartsOthers = node.dependents.some(({ restart }) => restart);
    feed(node, { kind: 'restart' });
  }

  function tellIfSettled(): void {
    if (isSettled || !isStarted || isFrozen || queue.length > 0 || onItsWay.size > 0) return;
    isSettled = true;
    options.onSettled();
  }

  function freeze(): void {
    isFrozen = true;
    for (const node of queue.splice(0)) node.isQueued = false;
  }

  /** After an entry has changed: stops those that only it still needed. */
  function goDown(node: Node): void {
    if (!up.has(node)) for (const { on } of node.plan.after) stopIfUnneeded(byId.get(on));
    tellIfDown();
  }

  function stopIfUnneeded(node: Node | undefined): void {
    if (node?.unit.phase !== 'running' || node.dependents.some((dependent) => up.has(dependent.node))) return;
    feed(node, { kind: 'stop' });
  }

  function tellIfDown(): void {
    if (up.size > 0) return;
    const done = onDown;
    onDown = undefined;
    done?.();
  }

  return {
    start() {
      isStarted = true;
      for (const node of nodes) look(node);
      tellIfSettled();
    },
    freeze,
    list: () => nodes,
    ask(entry, kind, onDone) {
      const node = byId.get(entry.plan.id);
      if (node === undefined) return onDone();
      const { pod } = node.plan;
      const together = pod === undefined || kind === 'restart' ? [node] : nodes.filter((one) => one.plan.pod === pod);
      let left = 1;
      const done = (): void => {
        left -= 1;
        if (left === 0) onDone();
      };
      for (const one of together) {
        if (kind === 'restart') restartWithOthers(one);
        else feed(one, { kind });
        if (one.unit.phase !== 'stopping') continue;
        left += 1;
        one.waiters.push(done);
      }
      done();
    },
    shutDown(onDone) {
      freeze();
      for (const node of nodes) {
        feed(node, { kind: 'shutdown' });
        if (isInGrace(node)) setTimer(node, node.plan.unit.stopGrace);
      }
      onDown = onDone;
      for (const node of nodes) stopIfUnneeded(node);
      tellIfDown();
    },
  };
}

function put(set: Set<Node>, node: Node, isIn: boolean): void {
  if (isIn) set.add(node);
  else set.delete(node);
}
