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

/** In the order of their numbers in the first argument of socketcall(2), from 1 on (linux/net.h, SYS_*). */
const socketCalls: readonly string[] = [
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

/** Those of ipc(2) (linux/ipc.h), each group from its first number on. */
const ipcCalls: readonly (readonly [first: number, names: readonly string[]])[] = [
  [1, ['semop', 'semget', 'semctl', 'semtimedop']],
  [11, ['msgsnd', 'msgrcv', 'msgget', 'msgctl']],
  [21, ['shmat', 'shmdt', 'shmget', 'shmctl']],
];

/** The call through which another one can come, and its number there. */
interface Place {
  readonly multiplexer: string;
  readonly number: number;
}

const multiplexed: ReadonlyMap<string, Place> = new Map<string, Place>([
  ...socketCalls.map((name, index) => [name, { multiplexer: 'socketcall', number: index + 1 }] as const),
  ...ipcCalls.flatMap(([first, names]) => names.map((name, index) => [name, { multiplexer: 'ipc', number: first + index }] as const)),
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
      const place = architecture.interface === 'x86' ? multiplexed.get(name) : undefined;
      if (place !== undefined)
        add(numbers.get(place.multiplexer), {
          action,
          comparisons: [isFirst(place.number), ...afterFirst(comparisons)],
        });
      add(numbers.get(name), clause);
    }
  }
  return clauses;
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
