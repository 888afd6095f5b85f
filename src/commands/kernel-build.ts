// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../errors.ts';
import type { Invocation, Option } from './command.ts';

/** Options of `tskit kernel build`. */
export const kernelBuildOptions: Readonly<Record<string, Option>> = {};

/** `tskit kernel build`. */
export async function runKernelBuild(_invocation: Invocation, _args: readonly string[]): Promise<void> {
  throw new TskitError('usage', 'kernel build: not there yet');
}
