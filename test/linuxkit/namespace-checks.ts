// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Check } from './check.ts';
import type { Wanted } from './settings.ts';

const kernelNames = { net: 'net', ipc: 'ipc', uts: 'uts', pid: 'pid', userns: 'user' } as const;

/** Namespaces, what is in them, and where they are kept. */
export function namespaceChecks(wanted: Wanted): readonly Check[] {
  const kinds = Object.keys(kernelNames) as (keyof typeof kernelNames)[];
  const checks = kinds.map((kind): Check => {
    const name = kernelNames[kind];
    const value = wanted.namespaces[kind];
    const isHost = value === 'host' || value === 'root';
    if (value.startsWith('/')) {
      return {
        what: `${kind} namespace ${value}`,
        wanted: true,
        found: ({ report, host }) =>
          host.paths[value]?.identity?.endsWith(`:${report.namespaces[name]}`) ?? 'not bound',
      };
    }
    return {
      what: `${kind} namespace`,
      wanted: isHost ? 'the system’s' : 'its own',
      found: ({ report, host }) => (report.namespaces[name] === host.namespaces[name] ? 'the system’s' : 'its own'),
    };
  });
  const interfaces = (wanted.runtime['interfaces'] ?? []) as readonly { readonly name: string }[];
  const bound = Object.entries((wanted.runtime['bindNS'] ?? {}) as Readonly<Record<string, string>>);
  return [
    ...checks,
    {
      what: 'cgroup namespace',
      wanted: true,
      found: ({ report, host }) => report.namespaces['cgroup'] === host.namespaces['cgroup'],
    },
    {
      what: 'hostname',
      wanted: wanted.hostname || true,
      found: ({ report, host }) => (wanted.hostname ? report.hostname : report.hostname === host.hostname),
    },
    ...interfaces.map(
      ({ name }): Check => ({
        what: `interface ${name}`,
        wanted: true,
        found: ({ report }) => report.interfaces.includes(name),
      }),
    ),
    ...bound
      .filter(([, path]) => path)
      .map(
        ([kind, path]): Check => ({
          what: `bindNS ${kind}`,
          wanted: true,
          found: ({ report, host }) =>
            host.paths[path]?.identity?.endsWith(`:${report.namespaces[kind]}`) ?? 'not bound',
        }),
      ),
  ];
}
