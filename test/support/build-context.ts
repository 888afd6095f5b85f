// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { silentReporter } from '../../src/reporter.ts';
import type { BuildContext } from '../../src/context.ts';

/** 2021-01-01T00:00:00Z. */
const testEpoch = 1_609_459_200;

/** A context over a cache folder that says nothing and is never interrupted, unless told otherwise. */
export function testContext(cache: string, changes: Partial<BuildContext> = {}): BuildContext {
  return {
    cache,
    reporter: silentReporter,
    signal: new AbortController().signal,
    epoch: testEpoch,
    offline: true,
    pull: false,
    ...changes,
  };
}
