// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { findProgram } from '../find-program.ts';

/**
 * The command so that the kernel kills it when this process dies, however it dies (prctl(2), PR_SET_PDEATHSIG). setpriv
 * (util-linux) arranges that, which Node cannot; without it the command is as it was.
 */
export async function withParentDeathSignal(
  command: readonly [program: string, ...args: string[]],
): Promise<readonly [program: string, ...args: string[]]> {
  const setpriv = await findProgram('setpriv');
  return setpriv === undefined ? command : [setpriv, '--pdeathsig', 'KILL', '--', ...command];
}
