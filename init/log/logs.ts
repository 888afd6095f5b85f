// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { ContainerPlan } from '../contract/container-plan.ts';
import { logDir } from '../contract/paths.ts';
import type { Console } from '../supervise/console.ts';
import type { Loop } from '../supervise/loop.ts';
import type { Section } from '../supervise/status.ts';
import type { Sys } from '../sys.ts';
import { createBudget } from './budget.ts';
import { createLogFile } from './file.ts';
import { createKmsg } from './kmsg.ts';
import { createLog, type Log, type LogOptions } from './log.ts';
import { createRing } from './ring.ts';
import { createSyslog } from './syslog.ts';

/** The logs of all entries. */
export interface Logs {
  of(section: Section, plan: ContainerPlan): Log;
}

/** Bytes that are kept of a log that goes elsewhere, so that `tsctl logs` and reports of failures have something to show. */
const keptOfSent = 16 * 1024;
/**
 * Of a log that goes to the kernel's, unless the plan says otherwise: the kernel writes what it gets to its consoles before it lets
 * PID 1 go on.
 */
const kmsgRate = { lines: 100, seconds: 1 };

/** `echo`: the output of containers goes to the console too. */
export function createLogs(sys: Sys, loop: Loop, console: Console, echo: boolean): Logs {
  const budget = createBudget(sys);
  const byKey = new Map<string, Log>();

  function optionsOf(name: string, plan: ContainerPlan, path: string): LogOptions {
    const { log } = plan;
    const shared = { name, plan: log, echo };
    switch (log.driver) {
      case 'file':
        return { ...shared, store: createLogFile(sys, budget, path, log) };
      case 'memory':
        return { ...shared, store: createRing(sys, `in memory: tsctl logs ${name}`, log.maxSize) };
      case 'kmsg':
        return {
          ...shared,
          plan: { rate: kmsgRate, ...log },
          store: createRing(sys, `in the kernel's: dmesg`, keptOfSent),
          send: createKmsg(sys, name),
        };
      case 'syslog': {
        const { address = '', port = 514 } = log;
        return {
          ...shared,
          store: createRing(sys, `at syslog ${address} port ${port}`, keptOfSent),
          send: createSyslog(sys, name, address, port),
        };
      }
    }
  }

  return {
    of(section, plan) {
      const path = section === 'services' ? `${logDir}/${plan.name}.log` : `${logDir}/${section}/${plan.name}.log`;
      // Several onboot entries may have one name; then they share a file.
      const key = plan.log.driver === 'file' ? path : plan.id;
      let log = byKey.get(key);
      if (log === undefined) {
        log = createLog(sys, loop, console, optionsOf(plan.name, plan, path));
        byKey.set(key, log);
      }
      return log;
    },
  };
}
