// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { Machine } from '../support/machine.ts';
import type { ProbeReport } from '../support/probe.ts';
import type { Section } from './spec-text.ts';

/** The entry that runs last, at the shutdown, and writes all logs to the disk as a tar. */
export const collectorName = 'zz-collector';

/** Reference of the collector's image. */
export const collectorImage = 'tskit/collector';

/** The collector as an element of a YAML list. It looks from the system's root. */
export function collectorEntry(image: string, paths: readonly string[]): string {
  const look = ['/probe', '--root=/host', ...paths].map((word) => `'${word}'`).join(' ');
  const script = `${look} > /logs/host.json; cp /host/run/tskit/status.json /logs/; tar -C /logs -cf /dev/vda . && sync`;
  return JSON.stringify({
    name: collectorName,
    image,
    pid: 'host',
    command: ['/bin/sh', '-c', script],
    capabilities: ['all'],
    binds: ['/:/host', '/dev:/dev', '/var/log:/logs'],
    devices: [{ path: 'all', type: 'b' }],
  });
}

/** What came out of a boot. */
export interface Boot {
  readonly console: string;
  readonly host: ProbeReport | undefined;
  /** The report of a container, or why there is none. */
  report(section: Section, name: string, turn: number): ProbeReport | string;
}

const mebibytes = 16;

/** Boots what a build wrote until all services have reported and ended, powers it off, and reads the collector's disk. */
export async function bootAndCollect(base: string, services: readonly string[], folder: string): Promise<Boot> {
  const disk = join(folder, 'disk.img');
  const machine = new Machine(['--mem', '1024', '--disk', `${disk},size=${mebibytes}`, base]);
  let problem = '';
  try {
    await machine.waitFor(/ booted in /, 90_000);
    for (const name of services) {
      const text = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      await machine.waitFor(new RegExp(`service ${text}: (ended|exit|killed|could not be started)`), 30_000);
    }
  } catch (error) {
    problem = String(error).split('\n')[0] ?? '';
  }
  await machine.powerOff(60_000).catch((error: unknown) => (problem ||= String(error).split('\n')[0] ?? ''));
  await machine[Symbol.asyncDispose]();
  const logs = join(folder, 'logs');
  mkdirSync(logs);
  if (existsSync(disk)) await execa('tar', ['-C', logs, '-xf', disk], { reject: false });
  const host = join(logs, 'host.json');
  return {
    console: problem === '' ? machine.console : `${machine.console}\n${problem}`,
    host: existsSync(host) ? (JSON.parse(readFileSync(host, 'utf8')) as ProbeReport) : undefined,
    report(section, name, turn) {
      const log = join(logs, section === 'services' ? `${name}.log` : `${section}/${name}.log`);
      const text = existsSync(log) ? readFileSync(log, 'utf8') : '';
      const reports = text.split('\n').filter((line) => line.startsWith('{"argv"'));
      const report = reports[turn];
      if (report !== undefined) return JSON.parse(report) as ProbeReport;
      return statusOf(logs, section, name, turn) ?? (text.slice(0, 300) || problem || 'no log');
    },
  };
}

function statusOf(logs: string, section: Section, name: string, turn: number): string | undefined {
  const file = join(logs, 'status.json');
  if (!existsSync(file)) return undefined;
  const status = JSON.parse(readFileSync(file, 'utf8')) as Readonly<
    Record<Section, readonly { readonly name: string; readonly state: string; readonly error?: string }[]>
  >;
  const found = status[section].filter((entry) => entry.name === name)[turn];
  return found === undefined ? undefined : `${found.state}: ${found.error ?? 'no report'}`;
}
