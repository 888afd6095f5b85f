// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { writeValue } from '../files.ts';
import { parseArguments, UsageError } from '../runtime/arguments.ts';
import type { Sys } from '../sys.ts';
import { expandGlob, isGlob } from './expand-glob.ts';
import type { Program } from './run.ts';
import { refusalOf, reportFailures, type SettingLine, settingLines } from './settings.ts';
import { sysctlPath } from './sysctl-name.ts';

const help = `usage: sysctl [-configDir FOLDER]... [-sysctlDir FOLDER] [NAME=VALUE]...

Writes settings of the kernel into /proc/sys: those given, or without any those of all .conf files in /usr/lib/sysctl.d (tskit's own)
and /etc/sysctl.d (yours), in the order of their names; a file in /etc takes the place of one of the same name in /usr/lib.

A file has one setting a line (sysctl.d(5)):

  net.ipv4.ip_forward = 1          net/ipv4/ip_forward = 1 is the same
  -net.ipv6.conf.all.forwarding=1  a failure of this one does not count
  net.ipv4.conf.*.rp_filter = 2    globs; what has a line of its own keeps its value
  -net.ipv4.conf.lo.rp_filter      and this one is left as it is
  # comment                        ; comment

options:
  -configDir FOLDER   read this folder instead; may be given several times
  -sysctlDir FOLDER   write below this folder instead of /proc/sys

Exit code 1 when a setting could not be written; all others are.
`;

const defaultFolders = ['/usr/lib/sysctl.d', '/etc/sysctl.d'];

/** One setting, parsed. */
interface Setting {
  /** Where it is written, for messages. */
  readonly place: string;
  /** As written. */
  readonly name: string;
  /** Below /proc/sys; may be a glob. */
  readonly path: string;
  /** Absent for a name that globs leave out. */
  readonly value?: string;
  /** Its failure does not count. */
  readonly optional: boolean;
}

/** Writes settings into /proc/sys. Throws Failure that lists all that could not be written. */
export const sysctl: Program = {
  name: 'sysctl',
  help,
  run(sys: Sys, words: readonly string[]): void {
    const { options, operands } = parseArguments(words, { configDir: { kind: 'list' }, sysctlDir: { kind: 'text' } });
    const root = options.sysctlDir ?? '/proc/sys';
    const folders = options.configDir.length > 0 ? options.configDir : defaultFolders;
    const lines =
      operands.length > 0
        ? operands.map((text, index) => ({ place: `argument ${index + 1}`, text }))
        : settingLines(sys, folders, '#;');
    const settings = lines.map(parseSetting);
    const failures = settings.flatMap((setting) => (typeof setting === 'string' ? [setting] : []));
    const plan = resolve(
      sys,
      root,
      settings.filter((setting) => typeof setting !== 'string'),
    );
    if (operands.length > 0 && failures[0] !== undefined) throw new UsageError(failures[0]);
    for (const { place, name, path, value, optional } of plan) {
      try {
        writeValue(sys, `${root}/${path}`, value ?? '');
      } catch (error) {
        if (!optional) failures.push(`${place}: ${name} = ${value}: ${refusalOf(error)}`);
      }
    }
    reportFailures(
      sys,
      'sysctl',
      failures,
      'a "-" in front of the name has a failure not count; some settings need CAP_SYS_ADMIN, those of the network CAP_NET_ADMIN',
    );
  },
};

/** A line as a setting, or what is wrong with it. */
function parseSetting({ place, text }: SettingLine): Setting | string {
  const optional = text.startsWith('-');
  const equals = text.indexOf('=');
  const name = text.slice(optional ? 1 : 0, equals < 0 ? undefined : equals).trim();
  const isComplete = equals >= 0 || optional;
  if (!isComplete || !/^[^\s./][^\s]*$/.test(name) || name.split(/[./]/).includes('')) {
    return `${place}: expected NAME = VALUE, found "${text}"`;
  }
  const base = { place, name, path: sysctlPath(name), optional };
  return equals < 0 ? base : { ...base, value: text.slice(equals + 1).trim() };
}

/** What is to be written, in order: of several lines for one path the last counts, and one that names it before a glob. */
function resolve(sys: Sys, root: string, settings: readonly Setting[]): readonly Setting[] {
  const named = new Set(settings.filter(({ path }) => !isGlob(path)).map(({ path }) => path));
  const plan = new Map<string, Setting>();
  for (const setting of settings) {
    if (setting.value === undefined) continue;
    const paths = isGlob(setting.path)
      ? expandGlob(sys, root, setting.path).filter((path) => !named.has(path))
      : [setting.path];
    for (const path of paths) {
      plan.delete(path);
      plan.set(path, { ...setting, path });
    }
  }
  return [...plan.values()];
}
