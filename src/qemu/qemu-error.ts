// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../errors.ts';
import type { Machine } from './arguments.ts';

/** How QEMU ended, with exit code, signal or why it could not start, and the last of what it said. */
export interface QemuEnd {
  readonly how: number | string;
  readonly errors: string;
}

/** What a QEMU that ended by itself means for the user. */
export function qemuError(qemu: string, machine: Machine, { how, errors }: QemuEnd): TskitError {
  const said = errors.trim().replaceAll(/^qemu-system-\w+: /gm, '');
  return (
    portError(machine, said) ??
    new TskitError('qemu', `run: "${qemu}" ended with ${how}: ${said || 'no message'}`, {
      hint: 'see the whole command with `tskit run --print`',
    })
  );
}

/** QEMU names the rule but not what is wrong with it; that the port is taken is by far the likeliest. */
function portError(machine: Machine, said: string): TskitError | undefined {
  const rule = /Could not set up host forwarding rule '(\w+):(\S*):(\d+)-\S*'/.exec(said);
  if (rule === null) return undefined;
  const [, protocol, address, host] = rule;
  const published = machine.publish.find((port) => port.host === Number(host) && port.protocol === protocol);
  if (published === undefined) return undefined;
  const why = published.host < 1024 ? 'taken, or closed to this user' : 'taken';
  return new TskitError(
    'qemu',
    `run: --publish ${published.host}:${published.guest}: expected ${protocol} port ${host} of ${address} to be free, found it ${why}`,
    { hint: `choose another host port, such as \`--publish ${published.host + 1}:${published.guest}\`` },
  );
}
