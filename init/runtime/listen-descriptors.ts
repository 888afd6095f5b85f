// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { RuntimeConfig } from '../contract/runtime-config.ts';
import type { Sys } from '../sys.ts';
import { environment } from './environment.ts';

/** How many sockets the runtime was started with, from descriptor 3 on, for its container (sd_listen_fds(3)). */
export function listenDescriptors(sys: Sys): number {
  const count = environment(sys, 'LISTEN_FDS') ?? '';
  return /^[0-9]{1,4}$/.test(count) ? Number(count) : 0;
}

/** Tells the container's program of them: to it they are meant for PID 1, as runc has it. */
export function withListenDescriptors(sys: Sys, config: RuntimeConfig, count: number): RuntimeConfig {
  if (count === 0) return config;
  const names = environment(sys, 'LISTEN_FDNAMES');
  const own = names === undefined ? [] : [`LISTEN_FDNAMES=${names}`];
  const env = [...(config.process.env ?? []), `LISTEN_FDS=${count}`, 'LISTEN_PID=1', ...own];
  return { ...config, process: { ...config.process, env } };
}
