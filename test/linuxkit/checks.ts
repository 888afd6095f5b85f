// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { capabilityNames } from '../../init/contract/runtime-config.ts';
import type { ProbeReport } from '../support/probe.ts';
import type { Check } from './check.ts';
import { deviceChecks } from './device-checks.ts';
import { limitChecks } from './limit-checks.ts';
import { mountChecks } from './mount-checks.ts';
import { namespaceChecks } from './namespace-checks.ts';
import type { Wanted } from './settings.ts';
import type { Section } from './spec-text.ts';

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
