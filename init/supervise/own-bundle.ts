// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { BundleRuntime } from '../contract/bundle-runtime.ts';
import type { ContainerPlan } from '../contract/container-plan.ts';
import type { RuntimeConfig } from '../contract/runtime-config.ts';
import { readText } from '../files.ts';
import { parseJson } from '../json.ts';
import type { Sys } from '../sys.ts';

// Both files are the build's own, and need no check of their shape.

/** What a container of the boot plan is made from. The engine's own reader is 30 times faster than ours. */
export function readConfig(sys: Sys, { bundle, bigIntegers }: ContainerPlan): RuntimeConfig {
  const text = readText(sys, `${bundle}/config.json`);
  return (bigIntegers === true ? parseJson(text) : JSON.parse(text)) as RuntimeConfig;
}

/** What is made before it and taken away after. */
export function readRuntime(sys: Sys, { bundle }: ContainerPlan): BundleRuntime {
  return JSON.parse(readText(sys, `${bundle}/runtime.json`)) as BundleRuntime;
}

/** What it is called in messages and in its cgroup's path: the bundle's folder is unique where names are not. */
export function idOf({ bundle }: ContainerPlan): string {
  return bundle.slice(bundle.lastIndexOf('/') + 1);
}
