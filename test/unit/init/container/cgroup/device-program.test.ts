// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { deviceProgram } from '../../../../../init/container/cgroup/device-program.ts';
import { type DeviceMatch, deviceMatches } from '../../../../../init/container/cgroup/device-rules.ts';

const accessBits = { m: 1, r: 2, w: 4 };

/**
 * Runs the program as the kernel would, for the instructions that it is made of (Documentation/bpf/standardization). Every
 * instruction that is not known, and every jump out of the program, throws.
 */
function verdict(program: Uint8Array, type: 'b' | 'c', major: number, minor: number, access: string): number {
  const bits = access.split('').reduce((sum, letter) => sum | accessBits[letter as 'm'], 0);
  const context = [(bits << 16) | (type === 'b' ? 1 : 2), major, minor];
  const registers = new Uint32Array(10);
  const view = new DataView(program.buffer);
  for (let at = 0; at < program.length; at += 8) {
    const opcode = view.getUint8(at);
    const destination = view.getUint8(at + 1) & 0xf;
    const source = view.getUint8(at + 1) >> 4;
    const offset = view.getInt16(at + 2, true);
    const immediate = view.getInt32(at + 4, true);
    const value = registers[destination] ?? 0;
    switch (opcode) {
      case 0x61:
        registers[destination] = context[offset / 4] ?? Number.NaN;
        break;
      case 0xb4:
        registers[destination] = immediate;
        break;
      case 0xbc:
        registers[destination] = registers[source] ?? 0;
        break;
      case 0x54:
        registers[destination] = value & immediate;
        break;
      case 0x74:
        registers[destination] = value >>> immediate;
        break;
      case 0x05:
        at += offset * 8;
        break;
      case 0x46:
        if ((value & immediate) !== 0) at += offset * 8;
        break;
      case 0x16:
        if (value === immediate >>> 0) at += offset * 8;
        break;
      case 0x56:
        if (value !== immediate >>> 0) at += offset * 8;
        break;
      case 0x95:
        return registers[0] ?? Number.NaN;
      default:
        throw new Error(`unknown instruction ${opcode.toString(16)}`);
    }
  }
  throw new Error('the program ran over its end');
}

/** The same by the definition: each bit of access is decided by the last rule that matches the device and names the bit. */
function expected(rules: readonly DeviceMatch[], type: string, major: number, minor: number, access: string): number {
  const allowed = access.split('').every((letter) => {
    const rule = rules.findLast(
      (candidate) => matches(candidate, type, major, minor) && candidate.access.includes(letter),
    );
    return rule?.allow === true;
  });
  return allowed ? 1 : 0;
}

function matches(rule: DeviceMatch, type: string, major: number, minor: number): boolean {
  if (rule.type === 'a') return true;
  const same = (wanted: number | undefined, found: number): boolean => wanted === undefined || wanted === found;
  return rule.type === type && same(rule.major, major) && same(rule.minor, minor);
}

const accesses = ['r', 'w', 'm', 'rw', 'rwm'];

describe('device rules as an eBPF program', () => {
  test('for thousands of rule lists every verdict is what the definition says', () => {
    // A fixed sequence, so that a failure can be repeated.
    let state = 1;
    const pick = <T>(values: readonly T[]): T => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
      return values[state % values.length] as T;
    };
    for (let round = 0; round < 2000; round += 1) {
      const rules = Array.from(
        { length: pick([0, 1, 2, 3, 5, 8]) },
        (): DeviceMatch => ({
          allow: pick([true, false]),
          access: pick([...accesses, 'rm']),
          type: pick(['a', 'b', 'c', 'c']),
          major: pick([undefined, 1, 4]),
          minor: pick([undefined, 3, 5]),
        }),
      );
      const program = deviceProgram(rules);
      for (const [type, major, minor] of [
        ['c', 1, 3],
        ['c', 4, 5],
        ['b', 1, 3],
        ['b', 9, 9],
      ] as const)
        for (const access of accesses)
          expect(
            verdict(program, type, major, minor, access),
            JSON.stringify({ rules, type, major, minor, access }),
          ).toBe(expected(rules, type, major, minor, access));
    }
  });

  test('the default devices take the kernel few instructions to check', () => {
    expect(deviceProgram(deviceMatches([{ allow: false, access: 'rwm' }])).length / 8).toBeLessThan(30);
  });

  test('no rules deny everything', () => {
    expect(verdict(deviceProgram([]), 'c', 1, 3, 'r')).toBe(0);
  });

  test('a type or an access that does not exist is named', () => {
    expect(() => deviceMatches([{ allow: true, type: 'x' }])).toThrow('expected the type "a", "b" or "c", found "x"');
    expect(() => deviceMatches([{ allow: true, access: 'x' }])).toThrow(
      'expected letters of "rwm" as access, found "x"',
    );
    expect(deviceMatches([{ allow: true, access: 'rwa' }])[0]?.access).toBe('rw');
  });
});
