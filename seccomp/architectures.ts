// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** What a machine runs: its own instruction set, and with it the older ones that its kernel takes system calls of too. */
export type NativeArchitecture = 'x86_64' | 'aarch64';

/** A system call interface, one of those in the generated table. */
export type SyscallInterface = 'x86_64' | 'x86' | 'x32' | 'aarch64' | 'arm';

/** One whose calls a filter can tell apart. */
export interface Architecture {
  readonly interface: SyscallInterface;
  /** What the kernel calls it in seccomp_data.arch (linux/audit.h); x32 has that of x86_64. */
  readonly auditToken: number;
  /** How much of an argument is compared; libseccomp counts x32 among those of 32 bits. */
  readonly argumentBits: 32 | 64;
  /** Name in config.json. */
  readonly name: string;
}

const x86_64: Architecture = {
  interface: 'x86_64',
  name: 'SCMP_ARCH_X86_64',
  auditToken: 0xc000003e,
  argumentBits: 64,
};
const x86: Architecture = { interface: 'x86', name: 'SCMP_ARCH_X86', auditToken: 0x40000003, argumentBits: 32 };
const x32: Architecture = { interface: 'x32', name: 'SCMP_ARCH_X32', auditToken: 0xc000003e, argumentBits: 32 };
const aarch64: Architecture = {
  interface: 'aarch64',
  name: 'SCMP_ARCH_AARCH64',
  auditToken: 0xc00000b7,
  argumentBits: 64,
};
const arm: Architecture = { interface: 'arm', name: 'SCMP_ARCH_ARM', auditToken: 0x40000028, argumentBits: 32 };

/** The machine's own architecture first. */
const families: Readonly<Record<NativeArchitecture, readonly [Architecture, ...Architecture[]]>> = {
  x86_64: [x86_64, x86, x32],
  aarch64: [aarch64, arm],
};

/** Architectures that the specification names and that no machine of ours can run (config-linux.md, Seccomp). */
const foreign: readonly string[] = [
  'SCMP_ARCH_MIPS',
  'SCMP_ARCH_MIPS64',
  'SCMP_ARCH_MIPS64N32',
  'SCMP_ARCH_MIPSEL',
  'SCMP_ARCH_MIPSEL64',
  'SCMP_ARCH_MIPSEL64N32',
  'SCMP_ARCH_PPC',
  'SCMP_ARCH_PPC64',
  'SCMP_ARCH_PPC64LE',
  'SCMP_ARCH_S390',
  'SCMP_ARCH_S390X',
  'SCMP_ARCH_PARISC',
  'SCMP_ARCH_PARISC64',
  'SCMP_ARCH_RISCV64',
  'SCMP_ARCH_LOONGARCH64',
  'SCMP_ARCH_M68K',
  'SCMP_ARCH_SH',
  'SCMP_ARCH_SHEB',
];

const known: ReadonlySet<string> = new Set([
  ...Object.values(families).flatMap((family) => family.map(({ name }) => name)),
  ...foreign,
]);

/** All names that linux.seccomp.architectures may hold. */
export function architectureNames(): readonly string[] {
  return [...known];
}

/**
 * The architectures that a filter has rules for: the machine's own always, then those of `names` that the machine can run.
 * The others are left out: no call of theirs can come, and a call of an architecture without rules is killed anyway.
 * Throws an Error for a name that the specification does not have.
 */
export function selectArchitectures(
  native: NativeArchitecture,
  names: readonly string[],
): readonly [Architecture, ...Architecture[]] {
  names.forEach((name, index) => {
    if (!known.has(name))
      throw new Error(`linux.seccomp.architectures[${index}]: expected one of SCMP_ARCH_*, found "${name}"`);
  });
  const [own, ...others] = families[native];
  return [own, ...others.filter(({ name }) => names.includes(name))];
}
