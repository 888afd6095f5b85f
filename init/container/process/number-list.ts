// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** Highest number of a CPU or a memory node that is accepted: more than any kernel is built for. */
const highest = 65_535;

/**
 * Reads a list of numbers and ranges, as cpuset(7) has them ("0-3,7"), into bits: the lowest of the first byte is number 0.
 * The length is a multiple of 8 bytes, as the kernel wants masks. Throws an Error that quotes what is no list.
 */
export function parseNumberList(list: string): Uint8Array {
  const ranges = list.split(',').map((part) => parseRange(part.trim(), list));
  const last = Math.max(...ranges.map(([, to]) => to));
  const bits = new Uint8Array((Math.floor(last / 64) + 1) * 8);
  for (const [from, to] of ranges)
    for (let number = from; number <= to; number += 1)
      bits[number >> 3] = (bits[number >> 3] ?? 0) | (1 << (number & 7));
  return bits;
}

function parseRange(part: string, list: string): readonly [number, number] {
  const [, first, second] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? [];
  if (first === undefined) throw new Error(`expected numbers and ranges such as "0-3,7", found "${list}"`);
  const [from, to] = [Number(first), Number(second ?? first)];
  if (from > to) throw new Error(`expected ranges that ascend, found "${part}"`);
  if (to > highest) throw new Error(`expected numbers up to ${highest}, found "${part}"`);
  return [from, to];
}
