// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Classic BPF as seccomp runs it, for tests: what a filter says of a call, and after how many instructions.

/** struct seccomp_data; the instruction pointer is left out. */
export interface Call {
  readonly number: number;
  readonly architecture: number;
  /** Up to six; the missing ones are 0. */
  readonly args: readonly bigint[];
}

/** What a program came to. */
export interface Outcome {
  /** SECCOMP_RET_* with its data. */
  readonly action: number;
  readonly executed: number;
}

/** Runs a program of 8-byte instructions, little-endian. Throws an Error for what the kernel's check would refuse. */
export function runFilter(program: Uint8Array, call: Call): Outcome {
  const code = new DataView(program.buffer, program.byteOffset, program.byteLength);
  const data = callData(call);
  let accumulator = 0;
  let executed = 0;
  for (let at = 0; at < program.length; at += 8) {
    executed += 1;
    const k = code.getUint32(at + 4, true);
    const jump = (holds: boolean): void => {
      at += 8 * code.getUint8(at + (holds ? 2 : 3));
    };
    switch (code.getUint16(at, true)) {
      case 0x20:
        accumulator = data.getUint32(k, true);
        break;
      case 0x54:
        accumulator = (accumulator & k) >>> 0;
        break;
      case 0x05:
        at += 8 * k;
        break;
      case 0x15:
        jump(accumulator === k);
        break;
      case 0x25:
        jump(accumulator > k);
        break;
      case 0x35:
        jump(accumulator >= k);
        break;
      case 0x45:
        jump((accumulator & k) !== 0);
        break;
      case 0x06:
        return { action: k, executed };
      default:
        throw new Error(`instruction ${at / 8}: unexpected code ${code.getUint16(at, true)}`);
    }
  }
  throw new Error('the program runs over its end');
}

function callData({ number, architecture, args }: Call): DataView {
  const data = new DataView(new ArrayBuffer(64));
  data.setUint32(0, number, true);
  data.setUint32(4, architecture, true);
  args.forEach((value, index) => data.setBigUint64(16 + 8 * index, value, true));
  return data;
}
