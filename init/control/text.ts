// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What tsctl prints for people. Imported by the host's side too: no system calls, nothing of Node.

import type { ContainerStatus, PartitionStatus, SystemEvent, SystemStatus, UnitSummary } from '../contract/status.ts';

/** The state, then one line an entry, and before them one a partition. */
export function describeStatus(status: SystemStatus): string {
  const boot = status.bootSeconds === undefined ? '' : `, booted in ${status.bootSeconds.toFixed(3)} s`;
  const sections = (['onboot', 'services', 'onshutdown'] as const).flatMap((section) => {
    const entries = status[section];
    if (entries.length === 0) return [];
    const width = Math.max(...entries.map((entry) => entry.name.length));
    return [`${section}:`, ...entries.map((entry) => `  ${entry.name.padEnd(width)}  ${describeEntry(entry)}`)];
  });
  return `${[`${status.state}${boot}`, ...partitionLines(status.partitions ?? []), ...sections].join('\n')}\n`;
}

function partitionLines(partitions: readonly PartitionStatus[]): readonly string[] {
  if (partitions.length === 0) return [];
  const width = Math.max(...partitions.map(({ label }) => label.length));
  const lines = partitions.map(({ label, state, device = '?', mount, error = '' }) => {
    const what =
      state === 'failed' ? `is not there: ${error}` : `${device}${mount === undefined ? '' : `, on ${mount}`}`;
    return `  ${label.padEnd(width)}  ${what}${state === 'made' ? ', made at this boot' : ''}`;
  });
  return ['partitions:', ...lines];
}

function describeEntry(entry: ContainerStatus): string {
  const { state, pid, health, error = '', restarts } = entry;
  const lead = entry.givenUp === true ? 'given up, ' : '';
  const more = restarts === undefined ? '' : `, ${restarts} ${restarts === 1 ? 'restart' : 'restarts'}`;
  switch (state) {
    case 'running':
      return `running, pid ${pid ?? '?'}${health === undefined ? '' : `, ${health}`}${more}`;
    case 'failed':
      return `${lead}could not be started: ${error}`;
    case 'skipped':
      return `is not started: ${error}`;
    case 'exited':
      return `${lead}${describeEnd(entry)}${more}`;
    case 'restarting':
    case 'stopped':
      return `${state}${entry.endedAt === undefined ? '' : `, ${describeEnd(entry)}`}${more}`;
    case 'waiting':
    case 'stopping':
      return state;
  }
}

function describeEnd({ exitCode, signal, error, startedAt = 0, endedAt = 0 }: ContainerStatus): string {
  const how =
    signal === undefined ? (exitCode === undefined ? 'not started' : `exit code ${exitCode}`) : `killed by ${signal}`;
  return `${how}${error === undefined ? '' : `: ${error}`} after ${(endedAt - startedAt).toFixed(3)} s`;
}

/** A table of entries. */
export function describeUnits(units: readonly UnitSummary[]): string {
  const rows = units.map((unit) => {
    const { id, health, restarts = 0, uptime, memory, cpu } = unit;
    return [
      id,
      describeState(unit),
      health ?? '-',
      String(restarts),
      uptime === undefined ? '-' : describeSeconds(uptime),
      memory === undefined ? '-' : `${(memory / 1024 ** 2).toFixed(1)} MiB`,
      cpu === undefined ? '-' : `${cpu.toFixed(2)} s`,
    ];
  });
  return table([['NAME', 'STATE', 'HEALTH', 'RESTARTS', 'UPTIME', 'MEMORY', 'CPU'], ...rows]);
}

function describeState({ state, givenUp, exitCode, signal }: ContainerStatus): string {
  const how = state === 'exited' ? `exited ${signal ?? exitCode ?? ''}` : state;
  return givenUp === true ? `given up, ${how}` : how;
}

/** Lines with columns; the first row is the head. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

function describeSeconds(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m${Math.floor(seconds % 60)}s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours}h${minutes % 60}m` : `${Math.floor(hours / 24)}d${hours % 24}h`;
}

/** One line. */
export function describeEvent({ at, id, kind, text }: SystemEvent): string {
  return `[${at.toFixed(3).padStart(9)}] ${id}: ${kind}: ${text}\n`;
}
