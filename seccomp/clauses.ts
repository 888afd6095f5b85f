// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Rules speak of names; a filter sees numbers. On i386 some calls come in two ways, by a number of their own and through
// socketcall(2) or ipc(2).

import type { Architecture } from './architectures.ts';
import type { Clause } from './rule-order.ts';
import type { Comparison, Rule } from './rules.ts';
import type { SyscallNumbers } from './syscalls.ts';

/** Call number -> what the rules say of it, in their order. */
export type ClausesByNumber = ReadonlyMap<number, readonly Clause[]>;

/** Number of a call in the first argument of socketcall(2) (linux/net.h, SYS_*). */
const socketCalls: readonly string[] = [
  '',
  'socket',
  'bind',
  'connect',
  'listen',
  'accept',
  'getsockname',
  'getpeername',
  'socketpair',
  'send',
  'recv',
  'sendto',
  'recvfrom',
  'shutdown',
  'setsockopt',
  'getsockopt',
  'sendmsg',
  'recvmsg',
  'accept4',
  'recvmmsg',
  'sendmmsg',
];

/** Of ipc(2) (linux/ipc.h). */
const ipcCalls: ReadonlyMap<string, number> = new Map([
  ['semop', 1],
  ['semget', 2],
  ['semctl', 3],
  ['semtimedop', 4],
  ['msgsnd', 11],
  ['msgrcv', 12],
  ['msgget', 13],
  ['msgctl', 14],
  ['shmat', 21],
  ['shmdt', 22],
  ['shmget', 23],
  ['shmctl', 24],
]);

/** Names that the architecture does not have are left out. */
export function clausesByNumber(
  rules: readonly Rule[],
  architecture: Architecture,
  numbers: SyscallNumbers,
): ClausesByNumber {
  const clauses = new Map<number, Clause[]>();
  const add = (number: number | undefined, clause: Clause): void => {
    if (number === undefined) return;
    const others = clauses.get(number);
    if (others === undefined) clauses.set(number, [clause]);
    else others.push(clause);
  };
  for (const { names, action, comparisons } of rules) {
    const clause = { comparisons, action };
    for (const name of names) {
      if (architecture.interface === 'x86') {
        const [multiplexer, first] = multiplexed(name);
        if (multiplexer !== undefined)
          add(numbers.get(multiplexer), { action, comparisons: [isFirst(first), ...afterFirst(comparisons)] });
      }
      add(numbers.get(name), clause);
    }
  }
  return clauses;
}

function multiplexed(name: string): readonly [multiplexer: string | undefined, first: number] {
  const socketCall = name === '' ? -1 : socketCalls.indexOf(name);
  if (socketCall > 0) return ['socketcall', socketCall];
  const ipcCall = ipcCalls.get(name);
  return ipcCall === undefined ? [undefined, 0] : ['ipc', ipcCall];
}

/**
 * The arguments of the call itself lie in memory where no filter can look, and the first one is taken by its number. The
 * others are compared with the multiplexer's, which is what libseccomp does.
 */
function afterFirst(comparisons: readonly Comparison[]): readonly Comparison[] {
  return comparisons.filter(({ index }) => index > 0);
}

function isFirst(value: number): Comparison {
  return { index: 0, operator: 'eq', mask: 0xffff_ffff_ffff_ffffn, value: BigInt(value) };
}
