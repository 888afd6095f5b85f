// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { notifyPath, notifySocket } from '../../init/contract/paths.ts';
import type { RuntimeConfig } from '../../init/contract/runtime-config.ts';
import type { HealthPlan } from '../../init/contract/unit-plan.ts';

/** Gives a service that tells of itself what it needs for that: the socket, and the environment of sd_notify(3). */
export function withNotifySocket(config: RuntimeConfig, id: string, health: HealthPlan | undefined): RuntimeConfig {
  if (health?.probe.kind !== 'notify') return config;
  const { watchdog } = health.probe;
  const env = [
    ...(config.process.env ?? []).filter((line) => !/^(NOTIFY_SOCKET|WATCHDOG_USEC)=/.test(line)),
    `NOTIFY_SOCKET=${notifySocket}`,
    ...(watchdog === undefined ? [] : [`WATCHDOG_USEC=${Math.round(watchdog * 1e6)}`]),
  ];
  const mount = { destination: notifySocket, type: 'bind', source: notifyPath(id), options: ['bind'] };
  return { ...config, process: { ...config.process, env }, mounts: [...(config.mounts ?? []), mount] };
}
