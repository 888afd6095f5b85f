// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { capabilityNames } from '../../init/contract.ts';
import type { ProbeReport } from '../support/probe.ts';
import { mountChecks } from './mount-checks.ts';
import type { Wanted } from './settings.ts';
import { asText, type Section } from './spec-text.ts';

/** What is known of a booted system when one of its containers is judged. */
export interface Seen {
  readonly report: ProbeReport;
  /** Of the collector, which is in the system's own namespaces and looks from its root. */
  readonly host: ProbeReport;
}

/** One statement about a container: what LinuxKit's rules ask for, and where that shows. */
export interface Check {
  readonly what: string;
  readonly wanted: unknown;
  readonly found: (seen: Seen) => unknown;
}

/** All that a container's settings ask for. */
export function checksOf(section: Section, wanted: Wanted): readonly Check[] {
  return [
    ...processChecks(wanted),
    ...capabilityChecks(wanted),
    ...namespaceChecks(wanted),
    ...limitChecks(wanted),
    ...mountChecks(wanted),
    ...deviceChecks(wanted),
    ...protectionChecks(section, wanted),
  ];
}

/** Variables that a runtime adds where the image has none: HOME from /etc/passwd, PATH. */
const added = /^(HOME|PATH)=/;

function processChecks(wanted: Wanted): readonly Check[] {
  const { uid, gid } = wanted;
  const names = new Set(wanted.env.map((text) => text.split('=')[0]));
  const isOwn = (text: string): boolean => !added.test(text) || names.has(text.split('=')[0]);
  return [
    { what: 'args', wanted: wanted.args, found: ({ report }) => report.argv },
    { what: 'env', wanted: wanted.env, found: ({ report }) => report.env.filter(isOwn) },
    { what: 'cwd', wanted: wanted.cwd, found: ({ report }) => report.cwd },
    { what: 'uid', wanted: [uid, uid, uid], found: ({ report }) => report.uids },
    { what: 'gid', wanted: [gid, gid, gid], found: ({ report }) => report.gids },
    { what: 'groups', wanted: sorted(wanted.groups), found: ({ report }) => sorted(report.groups) },
    {
      what: 'noNewPrivileges',
      wanted: wanted.noNewPrivileges,
      found: ({ report }) => report.noNewPrivileges === 1,
    },
    { what: 'oomScoreAdj', wanted: `${wanted.oomScoreAdj ?? 0}`, found: ({ report }) => report.oomScoreAdj[0] },
    { what: 'descriptors', wanted: [0, 1, 2], found: ({ report }) => report.descriptors },
  ];
}

const sorted = (ids: readonly number[]): readonly number[] => ids.toSorted((a, b) => a - b);

function expand(names: readonly string[]): readonly string[] {
  const only = names.length === 1 ? names[0]?.toLowerCase() : undefined;
  if (only === 'all') return capabilityNames;
  return only === 'none' ? [] : names;
}

/** capabilities(7), Transformation of capabilities during execve(): root gets what is inherited, others what is ambient. */
function capabilityChecks(wanted: Wanted): readonly Check[] {
  const [granted, ambient] = [expand(wanted.capabilities), expand(wanted.ambient)];
  const all = [...new Set([...granted, ...ambient])];
  const effective = wanted.uid === 0 ? all : ambient;
  const sets = { bounding: all, inheritable: all, permitted: effective, effective, ambient } as const;
  return Object.entries(sets).map(([set, names]) => ({
    what: `capabilities ${set}`,
    wanted: maskOf(names),
    found: ({ report }) => report.capabilities[set as keyof typeof sets],
  }));
}

function maskOf(names: readonly string[]): string {
  const bits = names.map((name) => 1n << BigInt(capabilityNames.indexOf(name)));
  return [...new Set(bits)]
    .reduce((mask, bit) => mask | bit, 0n)
    .toString(16)
    .padStart(16, '0');
}

const kernelNames = { net: 'net', ipc: 'ipc', uts: 'uts', pid: 'pid', userns: 'user' } as const;

function namespaceChecks(wanted: Wanted): readonly Check[] {
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

const unlimited = '18446744073709551615';

function limitChecks(wanted: Wanted): readonly Check[] {
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

/** Numbers of the probe's disk, which only a rule of the device cgroup opens: the collector's virtio disk. */
const disk = '/dev/vda';

function deviceChecks(wanted: Wanted): readonly Check[] {
  const nodes = wanted.devices.filter(({ path }) => path !== 'all');
  const open = wanted.devices.some(({ path, type }) => path === 'all' && (type === 'a' || type === 'b'));
  if (mountsDev(wanted))
    return [
      { what: `opening ${disk}`, wanted: open ? 'ok' : 'EPERM', found: ({ report }) => report.paths[disk]?.read },
    ];
  return nodes.map(({ path, type, major, minor, mode }) => ({
    what: `device ${asText(path)}`,
    wanted: [type === 'b' ? 'block' : 'character', `${asText(major)}:${asText(minor)}`, modeOf(wanted, path, mode)],
    found: ({ report }) => {
      const found = report.paths[asText(path)];
      return [found?.type, found?.device, modeOf(wanted, path, found?.mode?.toString(8))];
    },
  }));
}

/** A node that is a bind of the system's has the system's mode. */
function modeOf(wanted: Wanted, path: unknown, mode: unknown): unknown {
  return wanted.binds.some((bind) => bind.split(':')[1] === path) ? 'the system’s' : Number.parseInt(asText(mode), 8);
}

export const mountsDev = (wanted: Wanted): boolean => wanted.binds.some((bind) => bind.split(':')[1] === '/dev');

/** Paths that are looked at to see whether a container may change the kernel. */
export const kernelSetting = '/proc/sys/kernel/panic';

/**
 * What tskit does beyond LinuxKit, on purpose (docs/linuxkit.md): a filter of system calls for all that do not have every capability, and for
 * services Docker's masked and read-only paths.
 */
function protectionChecks(section: Section, wanted: Wanted): readonly Check[] {
  const all = expand(wanted.capabilities) === capabilityNames;
  const guarded = section === 'services' && !all;
  const readonlyPaths = wanted.readonlyPaths ?? (guarded ? ['/proc/sys'] : []);
  const writable = wanted.uid === 0 && !readonlyPaths.some((path) => kernelSetting.startsWith(path));
  return [
    { what: 'seccomp filter', wanted: !all, found: ({ report }) => report.seccomp === 2 },
    {
      what: `writing ${kernelSetting}`,
      wanted: writable ? 'ok' : 'EROFS',
      found: ({ report }) => report.paths[kernelSetting]?.write,
    },
    ...(wanted.maskedPaths ?? (guarded ? ['/proc/kcore'] : [])).map(
      (path): Check => ({ what: `masked ${path}`, wanted: true, found: ({ report }) => isMasked(report, path) }),
    ),
  ];
}

function isMasked(report: ProbeReport, path: string): boolean {
  const found = report.paths[path];
  return found?.type === 'ENOENT' || found?.device === '1:3' || found?.entries?.length === 0;
}
