// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { findProgram } from '../find-program.ts';
import { withParentDeathSignal } from '../qemu/parent-death.ts';

/** A way to start a program. */
export interface Launch {
  readonly program: string;
  readonly args: readonly string[];
  /** Whether the program is in a network namespace of its own, with nothing in it. */
  readonly isolated: boolean;
}

/**
 * The ways to start a program, the best first: what is allowed turns out by trying. `path` has the folders where `unshare`
 * (util-linux) is looked for. However this process ends, the program ends with it.
 */
export async function launches(
  command: readonly [program: string, ...args: string[]],
  path: string | undefined,
): Promise<readonly Launch[]> {
  const [program, ...args] = await withParentDeathSignal(command);
  const bare: Launch = { program, args, isolated: false };
  const unshare = await findProgram('unshare', path);
  if (unshare === undefined) return [bare];
  // Who is not root may make a network namespace inside of a user namespace only, where that is allowed (unshare(2)).
  const flags = [...(process.getuid?.() === 0 ? [['--net']] : []), ['--map-current-user', '--net']];
  return [...flags.map((own) => ({ program: unshare, args: [...own, '--', program, ...args], isolated: true })), bare];
}
