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
const deviceTypes = { b: 1, c: 2 } as const;

// Registers and opcodes (Documentation/bpf/standardization/instruction-set.rst).
const [R0, R1, type, access, major, minor] = [0, 1, 2, 3, 4, 5];
const loadWord = 0x61;
const moveImmediate = 0xb4;
const moveRegister = 0xbc;
const andImmediate = 0x54;
const shiftRightImmediate = 0x74;
const jumpIfEqual = 0x16;
const jumpIfNotEqual = 0x56;
const exit = 0x95;

interface Instruction {
  readonly opcode: number;
  readonly destination?: number;
  readonly source?: number;
  readonly offset?: number;
  readonly immediate?: number;
}

/**
 * The program: it goes through the rules from the last to the first. `access` holds the bits that no rule has decided yet; a
 * deny rule with one of them answers no, an allow rule takes its own away and answers yes when none is left.
 */
export function deviceProgram(rules: readonly DeviceMatch[]): Uint8Array {
  const instructions: Instruction[] = [
    { opcode: loadWord, destination: type, source: R1, offset: 0 },
    { opcode: moveRegister, destination: access, source: type },
    { opcode: andImmediate, destination: type, immediate: 0xffff },
    { opcode: shiftRightImmediate, destination: access, immediate: 16 },
    { opcode: loadWord, destination: major, source: R1, offset: 4 },
    { opcode: loadWord, destination: minor, source: R1, offset: 8 },
  ];
  for (const rule of rules.toReversed()) instructions.push(...ruleInstructions(rule));
  instructions.push(...answer(0));
  return encode(instructions);
}

function ruleInstructions(rule: DeviceMatch): readonly Instruction[] {
  const bits = accessMask(rule);
  const verdict: readonly Instruction[] = rule.allow
    ? [
        { opcode: andImmediate, destination: access, immediate: ~bits },
        { opcode: jumpIfNotEqual, destination: access, immediate: 0, offset: 2 },
        ...answer(1),
      ]
    : [
        { opcode: moveRegister, destination: R0, source: access },
        { opcode: andImmediate, destination: R0, immediate: bits },
        { opcode: jumpIfEqual, destination: R0, immediate: 0, offset: 2 },
        ...answer(0),
      ];
  const tests = deviceTests(rule);
  const remaining = (index: number): number => tests.length - index - 1 + verdict.length;
  return [
    ...tests.map(
      ([register, value], index): Instruction => ({
        opcode: jumpIfNotEqual,
        destination: register,
        immediate: value,
        offset: remaining(index),
      }),
    ),
    ...verdict,
  ];
}

function answer(value: 0 | 1): readonly Instruction[] {
  return [{ opcode: moveImmediate, destination: R0, immediate: value }, { opcode: exit }];
}

/** Registers and the values they must have; none for "a", which means all devices whatever numbers stand beside it. */
function deviceTests(rule: DeviceMatch): readonly (readonly [register: number, value: number])[] {
  if (rule.type === 'a') return [];
  const tests: (readonly [number, number])[] = [[type, deviceTypes[rule.type]]];
  if (rule.major !== undefined) tests.push([major, rule.major]);
  if (rule.minor !== undefined) tests.push([minor, rule.minor]);
  return tests;
}

function accessMask({ access: letters }: DeviceMatch): number {
  let mask = 0;
  for (const letter of letters) mask |= accessBits[letter as keyof typeof accessBits];
  return mask;
}

/** Eight bytes each, little-endian on both architectures that are built. */
function encode(instructions: readonly Instruction[]): Uint8Array {
  const bytes = new Uint8Array(instructions.length * 8);
  const view = new DataView(bytes.buffer);
  for (const [index, { opcode, destination = 0, source = 0, offset = 0, immediate = 0 }] of instructions.entries()) {
    view.setUint8(index * 8, opcode);
    view.setUint8(index * 8 + 1, (source << 4) | destination);
    view.setInt16(index * 8 + 2, offset, true);
    view.setInt32(index * 8 + 4, immediate, true);
  }
  return bytes;
}
