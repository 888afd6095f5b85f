// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { BuildContext } from '../context.ts';
import type { Artifacts } from './artifacts.ts';

type Make<System, Value> = (system: System, artifacts: Artifacts, ctx: BuildContext) => Promise<Value>;

/**
 * Makes what several formats of one build need, when the first of them asks for it: one value for all that write to the same
 * artifacts. What failed for one fails for the others.
 */
export function onceABuild<System, Value>(make: Make<System, Value>): Make<System, Value> {
  const made = new WeakMap<Artifacts, Promise<Value>>();
  return (system, artifacts, ctx) => {
    const known = made.get(artifacts);
    if (known !== undefined) return known;
    const value = make(system, artifacts, ctx);
    made.set(artifacts, value);
    return value;
  };
}
