// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { driversOf } from './logging-keys.ts';
import type { LoggingSpec } from './supervision-types.ts';

/** The entry's keys over the label's; with another driver, what the label says of its own goes. */
export function mergeLogging(label: LoggingSpec | undefined, entry: LoggingSpec | undefined): LoggingSpec | undefined {
  const driver = entry?.driver;
  if (label === undefined || driver === undefined) return label && entry ? { ...label, ...entry } : (entry ?? label);
  const kept = Object.entries(label).filter(
    ([key]) => driversOf.get(key as keyof LoggingSpec)?.includes(driver) !== false,
  );
  return { ...Object.fromEntries(kept), ...entry };
}
