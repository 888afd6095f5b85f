// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Check, Seen } from './check.ts';
import type { Wanted } from './settings.ts';

const unlimited = '18446744073709551615';

/** Resource limits, sysctls and cgroups. */
export function limitChecks(wanted: Wanted): readonly Check[] {
  const own = wanted.rlimits.map((text) => text.split(',').map((part) => part.trim()));
  const limits = new Map(
    own.map(([name = '', ...values]) => [name.toUpperCase().replace(/^(RLIMIT_)?/, 'RLIMIT_'), values]),
  );
  // pkg/init raises it for everything that it starts.
  if (!limits.has('RLIMIT_NOFILE')) limits.set('RLIMIT_NOFILE', ['1048576', '1048576']);
  const files = cgroupFiles(wanted);
  return [
    ...[...limits].map(
      ([name, values]): Check => ({
        what: name,
        wanted: values.map((value) => (value === 'unlimited' ? unlimited : value)),
        found: ({ report }) => report.limits[name],
      }),
    ),
    ...Object.entries(wanted.sysctl).map(
      ([name, value]): Check => ({
        what: `sysctl ${name}`,
        wanted: value,
        found: ({ report }) => report.paths[sysctlPath(name)]?.content?.trim(),
      }),
    ),
    ...(wanted.cgroupsPath.startsWith('/')
      ? [{ what: 'cgroup', wanted: [`0::${wanted.cgroupsPath}`], found: ({ report }: Seen) => report.cgroup }]
      : []),
    ...[...files].map(
      ([file, value]): Check => ({
        what: file,
        wanted: value,
        found: ({ report }) => report.paths[file]?.content?.trim(),
      }),
    ),
  ];
}

/** The file of a sysctl. */
export const sysctlPath = (name: string): string => `/proc/sys/${name.replaceAll('.', '/')}`;

/** Files of cgroup v2 by what `resources` asks for; only for a cgroup whose path is known. */
export function cgroupFiles({ resources, cgroupsPath }: Wanted): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  if (!cgroupsPath.startsWith('/')) return files;
  const { memory = {}, cpu = {}, pids = {} } = resources as Readonly<Record<string, Readonly<Record<string, number>>>>;
  const put = (file: string, value: number | string | undefined): void => {
    if (value !== undefined) files.set(`/sys/fs/cgroup${cgroupsPath}/${file}`, value === -1 ? 'max' : `${value}`);
  };
  put('memory.max', memory['limit']);
  put('memory.low', memory['reservation']);
  put('pids.max', pids['limit']);
  if (cpu['quota'] !== undefined) put('cpu.max', `${cpu['quota']} ${cpu['period'] ?? 100_000}`);
  return files;
}
