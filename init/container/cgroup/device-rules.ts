// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// linux.resources.devices (config-linux.md, Device whitelist).

import type { Resources } from '../../contract/resources.ts';

type Rule = NonNullable<Resources['devices']>[number];
/** An element of linux.resources.devices. */
export type DeviceRule = Rule;

/** A rule in one form: numbers undefined for all, `access` some of "rwm". */
export interface DeviceMatch {
  readonly allow: boolean;
  /** "a" is both kinds, whatever their numbers. */
  readonly type: 'a' | 'b' | 'c';
  readonly major: number | undefined;
  readonly minor: number | undefined;
  readonly access: string;
}

/** What every container may use (config-linux.md, Default Devices), and may make a node of, which by itself opens nothing. */
const alwaysAllowed: readonly DeviceRule[] = [
  { allow: true, type: 'b', access: 'm' },
  { allow: true, type: 'c', access: 'm' },
  { allow: true, type: 'c', major: 1, minor: 3, access: 'rwm' },
  { allow: true, type: 'c', major: 1, minor: 5, access: 'rwm' },
  { allow: true, type: 'c', major: 1, minor: 7, access: 'rwm' },
  { allow: true, type: 'c', major: 1, minor: 8, access: 'rwm' },
  { allow: true, type: 'c', major: 1, minor: 9, access: 'rwm' },
  { allow: true, type: 'c', major: 5, minor: 0, access: 'rwm' },
  { allow: true, type: 'c', major: 5, minor: 2, access: 'rwm' },
  { allow: true, type: 'c', major: 136, access: 'rwm' },
];

/**
 * The rules in one form, the default devices last. Of several rules for a device the last one decides, separately for reading,
 * writing and making nodes; what no rule names is denied. Throws an Error on a type or an access that does not exist.
 */
export function deviceMatches(rules: readonly DeviceRule[]): readonly DeviceMatch[] {
  return [...rules, ...alwaysAllowed].map(matchOf);
}

function matchOf({ allow, type, major, minor, access }: DeviceRule): DeviceMatch {
  return {
    allow,
    type: typeOf(type),
    major: major === undefined || major < 0 ? undefined : major,
    minor: minor === undefined || minor < 0 ? undefined : minor,
    access: accessOf(access),
  };
}

function typeOf(type: string | undefined): DeviceMatch['type'] {
  switch (type) {
    case undefined:
    case '':
    case 'a':
      return 'a';
    case 'b':
      return 'b';
    case 'c':
    case 'u':
      return 'c';
    default:
      throw new Error(`linux.resources.devices: expected the type "a", "b" or "c", found "${type}"`);
  }
}

/** Absent means every access; letters that are none of "rwm" mean nothing, as to other runtimes, but one must mean something. */
function accessOf(access: string | undefined): string {
  if (access === undefined || access === '' || access === 'rwm') return 'rwm';
  const known = access.replaceAll(/[^rwm]/g, '');
  if (known === '') throw new Error(`linux.resources.devices: expected letters of "rwm" as access, found "${access}"`);
  return known;
}
