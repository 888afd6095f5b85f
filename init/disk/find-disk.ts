// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { DiskPlan } from '../contract/disk-plan.ts';
import type { FoundTable } from './table.ts';

/** A whole disk that the machine has. */
export interface Candidate {
  /** In /sys/block. */
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  /** Why it cannot be used, whoever asks for it: "it is read-only". */
  readonly refusal?: string;
  /** The system was started from it. */
  readonly isRoot: boolean;
  /** What is on it. */
  readonly content: 'blank' | 'foreign' | FoundTable;
  /** Labels of those partitions of the plan that it has. */
  readonly present: readonly string[];
}

/**
 * Which disk a plan means; undefined when it may still appear. Throws, with what there is, when none or more than one would do: to
 * take one of several might be to write over the wrong one.
 */
export function chooseDisk(
  { device, partitions }: DiskPlan,
  candidates: readonly Candidate[],
  isLast: boolean,
): Candidate | undefined {
  const usable = candidates.filter(({ refusal }) => refusal === undefined);
  const pick = (found: readonly Candidate[], what: string): Candidate | undefined => {
    if (found.length > 1) {
      throw new Error(
        `expected one disk ${what}, found ${listOf(found)}: take one out, or name the right one as disk.device in the spec`,
      );
    }
    return found[0];
  };
  if (device.startsWith('/')) {
    const named = candidates.find(({ path }) => path === device);
    if (named?.refusal !== undefined) throw new Error(`${device}: ${named.refusal}`);
    if (named?.content === 'foreign') {
      throw new Error(
        `${device} has data without a GUID partition table, which is not overwritten: empty its first and last MiB if nobody needs it`,
      );
    }
    if (named !== undefined || !isLast) return named;
    throw new Error(`expected the disk ${device}, found ${listOf(candidates)}`);
  }
  // A copy of the system's disk has the same GUIDs.
  const pickRoot = (): Candidate | undefined =>
    pick(
      usable.filter(({ isRoot }) => isRoot),
      'that the system was started from',
    );
  if (device === 'root') {
    const root = pickRoot();
    if (root !== undefined || !isLast) return root;
    throw new Error(
      `expected the disk that the system was started from, which cannot be told here, found ${listOf(candidates)}: name one as disk.device in the spec`,
    );
  }
  const labels = partitions.map(({ label }) => label).join(', ');
  const found =
    pick(
      usable.filter(({ present }) => present.length > 0),
      `with the partitions ${labels}`,
    ) ??
    pickRoot() ??
    pick(
      usable.filter(({ content }) => content === 'blank'),
      'that is blank',
    );
  if (found !== undefined || !isLast) return found;
  throw new Error(
    `expected a disk with the partitions ${labels}, or a blank one, found ${listOf(candidates)}: attach an empty disk, or name one as disk.device in the spec`,
  );
}

function listOf(candidates: readonly Candidate[]): string {
  if (candidates.length === 0) return 'no disk';
  return candidates.map(describe).join(', ');
}

function describe({ path, bytes, refusal, content }: Candidate): string {
  const what =
    content === 'blank' ? 'blank' : content === 'foreign' ? 'with something else on it' : 'with a partition table';
  return `${path} (${sizeText(bytes)}, ${refusal ?? what})`;
}

/** "1.5 GiB". */
export function sizeText(bytes: number): string {
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes / 1024;
  let unit = 0;
  for (; value >= 1024 && unit < units.length - 1; unit += 1) value /= 1024;
  return `${value >= 100 || Number.isInteger(value) ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}
