// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { parse } from 'yaml';
import type { ImageSettings } from './package-image.ts';
import { asText, type Entry, type PlainSpec, sections } from './spec-text.ts';

// LinuxKit's rules for one container (moby/config.go, ConfigToOCI), written down a second time and on purpose not shared with
// src/: what the proof compares with.

type Plain = Readonly<Record<string, unknown>>;

/** What a container is to have, after label and entry are put together. */
export interface Wanted {
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly cwd: string;
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  readonly capabilities: readonly string[];
  readonly ambient: readonly string[];
  readonly readonly: boolean;
  readonly binds: readonly string[];
  readonly tmpfs: readonly string[];
  readonly mounts: readonly Plain[];
  readonly devices: readonly Plain[];
  readonly rlimits: readonly string[];
  readonly namespaces: Readonly<Record<'net' | 'ipc' | 'uts' | 'pid' | 'userns', string>>;
  readonly hostname: string;
  readonly noNewPrivileges: boolean;
  readonly oomScoreAdj: number | undefined;
  readonly sysctl: Readonly<Record<string, string>>;
  readonly resources: Plain;
  readonly cgroupsPath: string;
  readonly rootfsPropagation: string;
  readonly maskedPaths: readonly string[] | undefined;
  readonly readonlyPaths: readonly string[] | undefined;
  readonly runtime: Plain;
}

/** Ids by name: 100 and up, in the order of the sections. */
export function idsOf(spec: PlainSpec): ReadonlyMap<string, number> {
  const names = sections.flatMap((section) => (spec[section] ?? []).map(({ name }) => name));
  return new Map(names.map((name, index) => [name, 100 + index]));
}

/** An entry's settings over its image's label over what the image says. */
export function wantedOf(entry: Entry, image: ImageSettings, ids: ReadonlyMap<string, number>): Wanted {
  const label = (parse(image.Labels?.['org.mobyproject.config'] ?? '{}') ?? {}) as Plain;
  const own: Plain = entry;
  const pick = <T>(key: string, otherwise: T): T => (own[key] ?? label[key] ?? otherwise) as T;
  const word = (key: string, otherwise: string): string => asText(own[key] || label[key] || otherwise);
  const list = (key: string): readonly string[] =>
    (own[key] ?? [...((label[key] ?? []) as string[]), ...((own[`${key}.add`] ?? []) as string[])]) as string[];
  const id = (value: unknown): number => {
    if (typeof value === 'number') return value;
    return value === 'root' || value === '' || value === undefined ? 0 : (ids.get(asText(value)) ?? -1);
  };
  return {
    args: pick('command', [...(image.Entrypoint ?? []), ...(image.Cmd ?? [])]),
    env: pick('env', image.Env ?? []),
    cwd: word('cwd', image.WorkingDir || '/'),
    uid: id(pick('uid', 0)),
    gid: id(pick('gid', 0)),
    groups: pick<readonly unknown[]>('additionalGids', []).map(id),
    capabilities: list('capabilities'),
    ambient: pick('ambient', []),
    readonly: pick('readonly', false),
    binds: list('binds'),
    tmpfs: pick('tmpfs', []),
    mounts: pick('mounts', []),
    devices: pick('devices', []),
    rlimits: pick('rlimits', []),
    namespaces: {
      net: word('net', 'host'),
      ipc: word('ipc', 'host'),
      uts: word('uts', 'host'),
      pid: word('pid', 'new'),
      userns: word('userns', 'host'),
    },
    hostname: word('hostname', ''),
    noNewPrivileges: pick('noNewPrivileges', false),
    oomScoreAdj: pick('oomScoreAdj', undefined),
    sysctl: pick('sysctl', {}),
    resources: pick('resources', {}),
    cgroupsPath: word('cgroupsPath', ''),
    rootfsPropagation: word('rootfsPropagation', ''),
    maskedPaths: pick('maskedPaths', undefined),
    readonlyPaths: pick('readonlyPaths', undefined),
    runtime: { ...(label['runtime'] as Plain | undefined), ...(own['runtime'] as Plain | undefined) },
  };
}
