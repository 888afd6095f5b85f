// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { LogPlan } from '../../init/contract/container-plan.ts';
import type { LoggingSpec } from './supervision-types.ts';

/** Keys of `logging` that mean something with some drivers only, and these. */
export const driversOf: ReadonlyMap<keyof LoggingSpec, readonly LogPlan['driver'][]> = new Map([
  ['max_size', ['file', 'memory']],
  ['max_files', ['file']],
  ['address', ['syslog']],
]);
