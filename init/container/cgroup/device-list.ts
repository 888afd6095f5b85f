// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// linux.resources.devices on cgroup v1, whose controller keeps a list: all devices or none, and exceptions from that
// (Documentation/admin-guide/cgroup-v1/devices.rst).

import { AT_FDCWD, O_CLOEXEC, O_WRONLY } from '../../linux.ts';
import type { Sys } from '../../sys.ts';
import { step } from '../step.ts';
import { type DeviceMatch, type DeviceRule, deviceMatches } from './device-rules.ts';

/** Lets a cgroup's processes use only the devices that the rules allow (deviceMatches). */
export function restrictByList(sys: Sys, folder: string, rules: readonly DeviceRule[]): void {
  const { allowed, exceptions } = deviceList(deviceMatches(rules));
  const [base, other] = allowed ? ['devices.allow', 'devices.deny'] : ['devices.deny', 'devices.allow'];
  step(`cgroup ${folder}: restrict devices`, () => {
    writeLines(sys, `${folder}/${base}`, ['a']);
    writeLines(sys, `${folder}/${other}`, exceptions);
  });
}

/** The kernel takes one rule a write. */
function writeLines(sys: Sys, file: string, lines: readonly string[]): void {
  const fd = sys.openat(AT_FDCWD, file, O_WRONLY | O_CLOEXEC, 0);
  try {
    for (const line of lines) step(`"${line}"`, () => sys.write(fd, sys.encodeUtf8(line)));
  } finally {
    sys.close(fd);
  }
}

export interface DeviceList {
  /** Whether all devices are allowed that are no exception. */
  readonly allowed: boolean;
  /** "c 1:3 rwm", "b *:* m". */
  readonly exceptions: readonly string[];
}

/**
 * What the rules come to, one after the other. Throws an Error for a rule that takes back only a part of what an earlier
 * exception gave: the controller would leave all of it.
 */
export function deviceList(rules: readonly DeviceMatch[]): DeviceList {
  let allowed = false;
  let exceptions: readonly DeviceMatch[] = [];
  for (const rule of rules) {
    if (rule.type === 'a' && isWholeAccess(rule)) {
      allowed = rule.allow;
      exceptions = [];
      continue;
    }
    for (const one of byType(rule))
      exceptions = one.allow === allowed ? takeBack(exceptions, one) : [...exceptions, one];
  }
  return { allowed, exceptions: merged(exceptions) };
}

function isWholeAccess({ access }: DeviceMatch): boolean {
  return ['r', 'w', 'm'].every((letter) => access.includes(letter));
}

/** In the controller's own rules "a" is always every access. */
function byType(rule: DeviceMatch): readonly DeviceMatch[] {
  if (rule.type !== 'a') return [rule];
  return (['b', 'c'] as const).map((type) => ({ ...rule, type, major: undefined, minor: undefined }));
}

function takeBack(exceptions: readonly DeviceMatch[], rule: DeviceMatch): readonly DeviceMatch[] {
  return exceptions.flatMap((exception) => {
    const common = exception.access.split('').filter((letter) => rule.access.includes(letter));
    if (common.length === 0 || !overlap(exception, rule)) return [exception];
    if (!covers(rule, exception))
      throw new Error(
        `linux.resources.devices: "${describe(rule)}" cannot be ${rule.allow ? 'allowed' : 'denied'} by cgroup v1 after "${describe(exception)}" was ${rule.allow ? 'denied' : 'allowed'}`,
      );
    const access = exception.access
      .split('')
      .filter((letter) => !rule.access.includes(letter))
      .join('');
    return access === '' ? [] : [{ ...exception, access }];
  });
}

function overlap(a: DeviceMatch, b: DeviceMatch): boolean {
  return a.type === b.type && meet(a.major, b.major) && meet(a.minor, b.minor);
}

function meet(a: number | undefined, b: number | undefined): boolean {
  return a === undefined || b === undefined || a === b;
}

function covers(rule: DeviceMatch, exception: DeviceMatch): boolean {
  return contains(rule.major, exception.major) && contains(rule.minor, exception.minor);
}

function contains(outer: number | undefined, inner: number | undefined): boolean {
  return outer === undefined || outer === inner;
}

/** One line for each device, since each is a write. */
function merged(exceptions: readonly DeviceMatch[]): readonly string[] {
  const accesses = new Map<string, string>();
  for (const exception of exceptions) {
    const device = deviceOf(exception);
    accesses.set(device, (accesses.get(device) ?? '') + exception.access);
  }
  return [...accesses].map(
    ([device, access]) => `${device} ${['r', 'w', 'm'].filter((letter) => access.includes(letter)).join('')}`,
  );
}

function deviceOf({ type, major, minor }: DeviceMatch): string {
  return `${type} ${major ?? '*'}:${minor ?? '*'}`;
}

function describe(rule: DeviceMatch): string {
  return `${deviceOf(rule)} ${rule.access}`;
}
