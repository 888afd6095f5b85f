// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { SyscallInterface } from './architectures.ts';
import { syscallColumns, syscallRows } from './generated/syscall-table.ts';

/** The numbers of the system calls of one interface, by name. */
export type SyscallNumbers = ReadonlyMap<string, number>;

/** Bit that x32 calls have in their number (asm/unistd.h, __X32_SYSCALL_BIT). */
export const x32Bit = 0x40000000;

/** The table's rows as fields; taken apart once for all columns. */
let rows: readonly (readonly string[])[] | undefined;

/** Numbers as the kernel sees them, those of x32 with their bit. */
export function syscallNumbers(of: SyscallInterface): SyscallNumbers {
  rows ??= syscallRows.split('\n').map((row) => row.split(' '));
  const column = syscallColumns.indexOf(of) + 1;
  const base = of === 'x32' ? x32Bit : 0;
  const numbers = new Map<string, number>();
  for (const fields of rows) {
    const number = fields[column] ?? '-';
    if (number !== '-') numbers.set(fields[0] ?? '', base + Number(number));
  }
  return numbers;
}
