// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// process.ioPriority (config.md; ioprio_set(2)).

import type { Process } from '../../contract/runtime-config.ts';
import { IOPRIO_CLASS_BE, IOPRIO_CLASS_IDLE, IOPRIO_CLASS_RT, IOPRIO_CLASS_SHIFT } from '../../linux.ts';

const classes: ReadonlyMap<string, number> = new Map([
  ['IOPRIO_CLASS_RT', IOPRIO_CLASS_RT],
  ['IOPRIO_CLASS_BE', IOPRIO_CLASS_BE],
  ['IOPRIO_CLASS_IDLE', IOPRIO_CLASS_IDLE],
]);

/** Class and level in one number. Throws on an unknown class and on a level that is not 0 to 7. */
export function parseIoPriority(ioPriority: Process['ioPriority']): number | undefined {
  if (ioPriority === undefined) return undefined;
  const { class: name, priority = 0 } = ioPriority;
  const number = classes.get(name);
  if (number === undefined)
    throw new Error(`process.ioPriority.class: expected one of ${[...classes.keys()].join(', ')}, found "${name}"`);
  if (priority < 0 || priority > 7) throw new Error(`process.ioPriority.priority: expected 0 to 7, found ${priority}`);
  return (number << IOPRIO_CLASS_SHIFT) | priority;
}
