// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { HealthcheckSpec, RestartPolicySpec } from './supervision-types.ts';
import type { ImageSettings } from './types.ts';

/** Settings that are merged key by key, and where one key stands in for another. */
type Supervision = Pick<ImageSettings, 'restart' | 'restart_policy' | 'healthcheck'>;

/** How a container is kept up by its image's label and its entry: the entry's keys replace the label's, and what they exclude. */
export function mergeSupervision(label: Supervision, entry: Supervision): Supervision {
  const restart = entry.restart ?? (entry.restart_policy?.condition === undefined ? label.restart : undefined);
  const policy = mergePolicy(label.restart_policy, entry);
  const healthcheck = mergeHealth(label.healthcheck, entry.healthcheck);
  return {
    ...(restart !== undefined && { restart }),
    ...(policy && { restart_policy: policy }),
    ...(healthcheck && { healthcheck }),
  };
}

/** An entry with `restart` says when, and with "on-failure:N" how often, in place of the label's policy. */
function mergePolicy(label: RestartPolicySpec | undefined, entry: Supervision): RestartPolicySpec | undefined {
  const { restart, restart_policy: own } = entry;
  if (label === undefined) return own;
  const { condition, max_attempts: attempts, ...rest } = label;
  return {
    ...rest,
    ...(condition !== undefined && restart === undefined && { condition }),
    ...(attempts !== undefined && restart?.startsWith('on-failure:') !== true && { max_attempts: attempts }),
    ...own,
  };
}

/** A check that the entry names, or that it wants none, takes the place of the label's. */
function mergeHealth(
  label: HealthcheckSpec | undefined,
  entry: HealthcheckSpec | undefined,
): HealthcheckSpec | undefined {
  if (label === undefined || entry === undefined) return entry ?? label;
  if (!hasProbe(entry) && entry.disable !== true) return { ...label, ...entry };
  const { test: _test, http: _http, tcp: _tcp, file: _file, notify: _notify, disable: _disable, ...rest } = label;
  return { ...rest, ...entry };
}

/** Whether it says how to see that a service works; "NONE" is a way to say it. */
export function hasProbe({ test, http, tcp, file, notify }: HealthcheckSpec): boolean {
  return notify === true || [test, http, tcp, file].some((one) => one !== undefined);
}
