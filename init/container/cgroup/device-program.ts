// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// linux.resources.devices on cgroup v2, which has no device files: the rules become an eBPF program on the cgroup that the
// kernel asks at each mknod and open of a device (bpf(2), BPF_PROG_TYPE_CGROUP_DEVICE; struct bpf_cgroup_dev_ctx).

import type { Sys } from '../../sys.ts';
import { step } from '../step.ts';
import { type DeviceMatch, type DeviceRule, deviceMatches } from './device-rules.ts';

/** Lets a cgroup's processes use only the devices that the rules allow (deviceMatches). */
export function restrictByProgram(sys: Sys, cgroupFd: number, rules: readonly DeviceRule[]): void {
  const program = deviceProgram(deviceMatches(rules));
  step('cgroup: restrict devices', () => {
    const fd = sys.bpfProgLoad(programType, program, license);
    try {
      sys.bpfProgAttach(cgroupFd, fd, attachType, allowMulti);
    } finally {
      sys.close(fd);
    }
  });
}

// include/uapi/linux/bpf.h
const programType = 15;
const attachType = 6;
/** Programs of the cgroups above keep their say. */
const allowMulti = 2;
const license = 'Apache-2.0';
const accessBits = { m: 1, r: 2, w: 4 } as const;
const everyAccess = 7;
const deviceTypes = { b: 1, c: 2 } as const;

// Registers and opcodes, all on 32 bits (Documentation/bpf/standardization/instruction-set.rst).
const [R0, R1, type, access, major, minor] = [0, 1, 2, 3, 4, 5];
const loadWord = 0x61;
const moveImmediate = 0xb4;
const moveRegister = 0xbc;
const andImmediate = 0x54;
const shiftRightImmediate = 0x74;
const jump = 0x05;
const jumpIfEqual = 0x16;
const jumpIfNotEqual = 0x56;
const jumpIfAnyBit = 0x46;
const exit = 0x95;

type Verdict = 'allow' | 'deny';

interface Instruction {
  readonly opcode: number;
  readonly destination?: number;
  readonly source?: number;
  /** Of a jump: so many instructions further, or to where the verdict is given. */
  readonly offset?: number | Verdict;
  readonly immediate?: number;
}

/** `ends` when nothing runs after it. */
interface Code {
  readonly instructions: readonly Instruction[];
  readonly ends: boolean;
}

const start: readonly Instruction[] = [
  { opcode: loadWord, destination: type, source: R1, offset: 0 },
  { opcode: moveRegister, destination: access, source: type },
  { opcode: andImmediate, destination: type, immediate: 0xffff },
  { opcode: shiftRightImmediate, destination: access, immediate: 16 },
  { opcode: loadWord, destination: major, source: R1, offset: 4 },
  { opcode: loadWord, destination: minor, source: R1, offset: 8 },
];

/** What rules are told apart by, in this order. */
const tests: readonly (readonly [register: number, value: (rule: DeviceMatch) => number | undefined])[] = [
  [type, (rule) => (rule.type === 'a' ? undefined : deviceTypes[rule.type])],
  [major, (rule) => (rule.type === 'a' ? undefined : rule.major)],
  [minor, (rule) => (rule.type === 'a' ? undefined : rule.minor)],
];

/**
 * The program: it goes through the rules from the last to the first. `access` holds the bits that no rule has decided yet; a
 * deny rule with one of them answers no, an allow rule takes its own away and answers yes when none is left. Neighbours in the
 * list share their tests, since the kernel's time to check a program goes by its instructions.
 */
export function deviceProgram(rules: readonly DeviceMatch[]): Uint8Array {
  const { instructions, ends } = decide(rules.toReversed(), tests);
  const code = [...start, ...instructions];
  // What no rule has allowed is denied. An answer that nothing leads to would be refused by the kernel.
  const isGiven = (verdict: Verdict): boolean => code.some(({ offset }) => offset === verdict);
  const answers: readonly Verdict[] = [
    ...(ends && !isGiven('deny') ? [] : (['deny'] as const)),
    ...(isGiven('allow') ? (['allow'] as const) : []),
  ];
  const positions = { deny: code.length, allow: code.length + (answers.includes('deny') ? 2 : 0) };
  return encode([...code, ...answers.flatMap(answer)], positions);
}

/** Code for rules in the order in which they decide, of which `remaining` tests have not been made. */
function decide(rules: readonly DeviceMatch[], [test, ...remaining]: typeof tests): Code {
  if (test === undefined) return sequence(rules.map(verdictOf));
  const [register, valueOf] = test;
  return sequence(
    runsOf(rules, valueOf).map((run) => {
      const [first] = run;
      const value = first && valueOf(first);
      const body = decide(run, remaining);
      return value === undefined ? body : onlyIf(register, value, body);
    }),
  );
}

/** One after the other, until one ends: what follows would never run. */
function sequence(parts: readonly Code[]): Code {
  const last = parts.findIndex(({ ends }) => ends);
  const used = last < 0 ? parts : parts.slice(0, last + 1);
  return { instructions: used.flatMap(({ instructions }) => instructions), ends: last >= 0 };
}

/** Neighbours with the same value. */
function runsOf(rules: readonly DeviceMatch[], valueOf: (rule: DeviceMatch) => unknown): readonly DeviceMatch[][] {
  const runs: DeviceMatch[][] = [];
  for (const rule of rules) {
    const run = runs.at(-1);
    const first = run?.[0];
    if (run !== undefined && first !== undefined && valueOf(first) === valueOf(rule)) run.push(rule);
    else runs.push([rule]);
  }
  return runs;
}

function onlyIf(register: number, value: number, { instructions }: Code): Code {
  const [first] = instructions;
  const isJump = instructions.length === 1 && first?.opcode === jump;
  const code: readonly Instruction[] = isJump
    ? [{ ...first, opcode: jumpIfEqual, destination: register, immediate: value }]
    : [
        { opcode: jumpIfNotEqual, destination: register, immediate: value, offset: instructions.length },
        ...instructions,
      ];
  return { instructions: code, ends: false };
}

function verdictOf(rule: DeviceMatch): Code {
  const bits = accessMask(rule);
  const offset = rule.allow ? 'allow' : 'deny';
  if (bits === everyAccess) return { instructions: [{ opcode: jump, offset }], ends: true };
  if (!rule.allow)
    return { instructions: [{ opcode: jumpIfAnyBit, destination: access, immediate: bits, offset }], ends: false };
  return {
    instructions: [
      { opcode: andImmediate, destination: access, immediate: ~bits },
      { opcode: jumpIfEqual, destination: access, immediate: 0, offset },
    ],
    ends: false,
  };
}

function answer(verdict: Verdict): readonly Instruction[] {
  return [{ opcode: moveImmediate, destination: R0, immediate: verdict === 'allow' ? 1 : 0 }, { opcode: exit }];
}

function accessMask({ access: letters }: DeviceMatch): number {
  let mask = 0;
  for (const letter of letters) mask |= accessBits[letter as keyof typeof accessBits];
  return mask;
}

/** Eight bytes each, little-endian on both architectures that are built. */
function encode(instructions: readonly Instruction[], positions: Readonly<Record<Verdict, number>>): Uint8Array {
  const words = new Uint32Array(instructions.length * 2);
  let index = 0;
  for (const { opcode, destination = 0, source = 0, offset = 0, immediate = 0 } of instructions) {
    const further = typeof offset === 'string' ? positions[offset] - index - 1 : offset;
    words[index * 2] = opcode | (destination << 8) | (source << 12) | (further << 16);
    words[index * 2 + 1] = immediate;
    index += 1;
  }
  return new Uint8Array(words.buffer);
}
