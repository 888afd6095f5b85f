// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { ContainerStatus, SystemStatus } from '../contract.ts';

/** The status for people: the state, then one line an entry. */
export function describeStatus(status: SystemStatus): string {
  const boot = status.bootSeconds === undefined ? '' : `, booted in ${status.bootSeconds.toFixed(3)} s`;
  const sections = (['onboot', 'services', 'onshutdown'] as const).flatMap((section) => {
    const entries = status[section];
    if (entries.length === 0) return [];
    const width = Math.max(...entries.map((entry) => entry.name.length));
    return [`${section}:`, ...entries.map((entry) => `  ${entry.name.padEnd(width)}  ${describeEntry(entry)}`)];
  });
  return `${[`${status.state}${boot}`, ...sections].join('\n')}\n`;
}

function describeEntry(entry: ContainerStatus): string {
  switch (entry.state) {
    case 'waiting':
      return 'waiting';
    case 'running':
      return `running, pid ${entry.pid ?? '?'}`;
    case 'failed':
      return `could not be started: ${entry.error ?? ''}`;
    case 'exited': {
      const how = entry.signal === undefined ? `exit code ${entry.exitCode ?? '?'}` : `killed by ${entry.signal}`;
      const why = entry.error === undefined ? '' : `: ${entry.error}`;
      return `${how}${why} after ${((entry.endedAt ?? 0) - (entry.startedAt ?? 0)).toFixed(3)} s`;
    }
  }
}
