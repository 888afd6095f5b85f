// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { ContainerPlan } from '../contract/container-plan.ts';
import type { RuntimeConfig } from '../contract/runtime-config.ts';
import { readText } from '../files.ts';
import { parseJson } from '../json.ts';
import type { Sys } from '../sys.ts';

/**
 * JSON that the build wrote, which needs no check of its shape. The engine's own reader is 30 times faster than ours, and
 * right as long as no integer is longer than 15 digits.
 */
export function readOwnJson(sys: Sys, path: string): unknown {
  const text = readText(sys, path);
  return /[0-9]{16}/.test(text) ? parseJson(text) : JSON.parse(text);
}

/** What a container of the boot plan is made from. */
export function readConfig(sys: Sys, { bundle }: ContainerPlan): RuntimeConfig {
  return readOwnJson(sys, `${bundle}/config.json`) as RuntimeConfig;
}

/** What it is called in messages and in its cgroup's path: the bundle's folder is unique where names are not. */
export function idOf({ bundle }: ContainerPlan): string {
  return bundle.slice(bundle.lastIndexOf('/') + 1);
}
