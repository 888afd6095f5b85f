// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** `#define __NR_read 0`, `#define __NR_read (__X32_SYSCALL_BIT + 0)`, `#define __ARM_NR_set_tls (__ARM_NR_BASE+5)`, an alias. */
const definition =
  /^#define\s+__(?:ARM_)?NR_(\w+)\s+(?:\(?(?:__(\w+?_BASE|X32_SYSCALL_BIT)\s*\+\s*)?(\d+)\)?|__NR_(\w+))/gm;

/** What the offsets in asm/unistd.h start from; that of x32 is left out of the table. */
const bases: Readonly<Record<string, number>> = { NR_SYSCALL_BASE: 0, ARM_NR_BASE: 0x0f0000, X32_SYSCALL_BIT: 0 };

/** Names in the headers that are no system calls. */
const others: ReadonlySet<string> = new Set(['SYSCALL_BASE', 'OABI_SYSCALL_BASE', 'SYSCALL_MASK', 'BASE', 'syscalls']);

/** The system calls that a header asm/unistd*.h defines. Throws an Error when a number is made in an unknown way. */
export function syscallNumbersOf(header: string): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>();
  for (const [line, name = '', base, number, alias] of header.matchAll(definition)) {
    if (others.has(name)) continue;
    const value = alias === undefined ? offset(base, line) + Number(number) : numbers.get(alias);
    if (value === undefined) throw new Error(`${line}: expected the name of a call defined before, found "${alias}"`);
    numbers.set(name, value);
  }
  return numbers;
}

function offset(base: string | undefined, line: string): number {
  const value = base === undefined ? 0 : bases[base];
  if (value === undefined) throw new Error(`${line}: expected a known base, found "${base}"`);
  return value;
}

/** The module that seccomp/syscalls.ts reads: a row for each call, with a number or "-" in each column. */
export function syscallTable(
  columns: readonly (readonly [string, ReadonlyMap<string, number>])[],
  source: string,
): string {
  const names = [...new Set(columns.flatMap(([, numbers]) => [...numbers.keys()]))].sort();
  const rows = names.map((name) => [name, ...columns.map(([, numbers]) => numbers.get(name) ?? '-')].join(' '));
  return `// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Made by scripts/generate-syscalls.ts from ${source}; not to be edited.

export const syscallColumns: readonly string[] = [${columns.map(([name]) => `'${name}'`).join(', ')}];

/** Rows by name: the call, then its number in each column, or "-" where there is none. */
export const syscallRows: string = \`${rows.join('\n')}\`;
`;
}
