// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// linux.resources.devices on cgroup v2, which has no device files: the rules become an eBPF program on the cgroup that the
// kernel asks at each mknod and open of a device (bpf(2), BPF_PROG_TYPE_CGROUP_DEVICE; struct bpf_cgroup_dev_ctx).

import type { Resources } from '../../contract.ts';
import type { Sys } from '../../sys.ts';
import { step } from '../step.ts';

export type DeviceRule = NonNullable<Resources['devices']>[number];

/** What every container may use (config-linux.md, Default Devices), and may make a node of, which by itself opens nothing. */
const alwaysAllowed: readonly DeviceRule[] = [
  { allow: true, type: 'c', access: 'm' },
  { allow: true, type: 'b', access: 'm' },
  { allow: true, type: 'c', major: 1, minor: 3, access: 'rwm' },
  { allow: true, type: 'c', major: 1, minor: 5, access: 'rwm' },
  { allow: true, type: 'c', major: 1, minor: 7, access: 'rwm' },
  { allow: true, type: 'c', major: 1, minor: 8, access: 'rwm' },
  { allow: true, type: 'c', major: 1, minor: 9, access: 'rwm' },
  { allow: true, type: 'c', major: 5, minor: 0, access: 'rwm' },
  { allow: true, type: 'c', major: 5, minor: 2, access: 'rwm' },
  { allow: true, type: 'c', major: 136, access: 'rwm' },
];

/**
 * Lets a cgroup's processes use only the devices that the rules allow. Of several rules for a device the last one decides,
 * separately for reading, writing and making nodes; what no rule names is denied; the default devices are always allowed.
 */
export function restrictDevices(sys: Sys, cgroupFd: number, rules: readonly DeviceRule[]): void {
  const program = deviceProgram([...rules, ...alwaysAllowed]);
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
const accessBits: Readonly<Record<string, number>> = { m: 1, r: 2, w: 4 };
const deviceTypes: Readonly<Record<string, number>> = { b: 1, c: 2, u: 2 };

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
export function deviceProgram(rules: readonly DeviceRule[]): Uint8Array {
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

function ruleInstructions(rule: DeviceRule): readonly Instruction[] {
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
function deviceTests(rule: DeviceRule): readonly (readonly [register: number, value: number])[] {
  if (rule.type === undefined || rule.type === '' || rule.type === 'a') return [];
  const number = deviceTypes[rule.type];
  if (number === undefined)
    throw new Error(`linux.resources.devices: expected the type "a", "b" or "c", found "${rule.type}"`);
  const tests: (readonly [number, number])[] = [[type, number]];
  if (rule.major !== undefined && rule.major >= 0) tests.push([major, rule.major]);
  if (rule.minor !== undefined && rule.minor >= 0) tests.push([minor, rule.minor]);
  return tests;
}

/** Absent means every access. */
function accessMask({ access: letters = 'rwm' }: DeviceRule): number {
  let mask = 0;
  for (const letter of letters === '' ? 'rwm' : letters) {
    const bit = accessBits[letter];
    if (bit === undefined)
      throw new Error(`linux.resources.devices: expected letters of "rwm" as access, found "${letters}"`);
    mask |= bit;
  }
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
