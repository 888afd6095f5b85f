// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readTextIfPresent, writeValue } from '../files.ts';
import { AT_FDCWD } from '../linux.ts';
import { expectOperands, parseArguments } from '../runtime/arguments.ts';
import type { Sys } from '../sys.ts';
import { expandGlob } from './expand-glob.ts';
import type { Program } from './run.ts';
import { refusalOf, reportFailures, type SettingLine, settingLines } from './settings.ts';

const help = `usage: sysfs [-configDir FOLDER]... [-sysfsDir FOLDER]

Writes settings of the kernel and of devices into /sys: those of all .conf files in /usr/lib/sysfs.d (tskit's own) and /etc/sysfs.d
(yours), in the order of their names; a file in /etc takes the place of one of the same name in /usr/lib.

A file has one setting a line, with a path below /sys; globs are allowed in it:

  kernel/mm/transparent_hugepage/enabled = madvise
  block/*/queue/scheduler = none
  mode kernel/debug = 0700                 the permission bits of a file
  owner class/leds/red/brightness = 0:44   its owner, and its group; names are those of /etc/passwd and /etc/group
  -class/net/eth0/queues/rx-0/rps_cpus = f a failure of this one does not count
  # comment

options:
  -configDir FOLDER   read this folder instead; may be given several times
  -sysfsDir FOLDER    write below this folder instead of /sys

Exit code 1 when a setting could not be written; all others are.
`;

const defaultFolders = ['/usr/lib/sysfs.d', '/etc/sysfs.d'];

interface Setting {
  readonly place: string;
  readonly text: string;
  readonly kind: 'value' | 'mode' | 'owner';
  readonly path: string;
  readonly value: string;
  readonly optional: boolean;
}

/** Writes settings into /sys. Throws Failure that lists all that could not be written. */
export const sysfs: Program = {
  name: 'sysfs',
  help,
  run(sys: Sys, words: readonly string[]): void {
    const { options, operands } = parseArguments(words, { configDir: { kind: 'list' }, sysfsDir: { kind: 'text' } });
    expectOperands(operands);
    const root = options.sysfsDir ?? '/sys';
    const folders = options.configDir.length > 0 ? options.configDir : defaultFolders;
    const failures: string[] = [];
    for (const line of settingLines(sys, folders, '#')) {
      const setting = parseSetting(line);
      if (typeof setting === 'string') failures.push(setting);
      else apply(sys, root, setting, failures);
    }
    reportFailures(
      sys,
      'sysfs',
      failures,
      'a "-" in front of a line has its failure not count; an owner needs CAP_CHOWN, and some files more',
    );
  },
};

/** A line as a setting (sysfs.conf(5)), or what is wrong with it. */
function parseSetting({ place, text }: SettingLine): Setting | string {
  const parts = /^(-)?(?:(mode|owner)\s+)?([^\s=]+)\s*=\s*(.*)$/s.exec(text);
  const [, dash, kind = 'value', path = '', value = ''] = parts ?? [];
  const isValid =
    parts !== null &&
    !path.split('/').includes('..') &&
    (kind !== 'mode' || /^[0-7]{3,4}$/.test(value)) &&
    (kind !== 'owner' || /^[^\s:]+(:[^\s:]+)?$/.test(value));
  if (!isValid) return `${place}: expected PATH = VALUE, mode PATH = BITS or owner PATH = USER:GROUP, found "${text}"`;
  return {
    place,
    text,
    kind: kind as Setting['kind'],
    path: path.replace(/^(\/sys)?\/+/, ''),
    value,
    optional: dash !== undefined,
  };
}

function apply(sys: Sys, root: string, setting: Setting, failures: string[]): void {
  const { place, text, optional } = setting;
  const paths = expandGlob(sys, root, setting.path);
  const fail = (why: string): void => {
    if (!optional) failures.push(`${place}: ${text}: ${why}`);
  };
  if (paths.length === 0) fail('expected a path below /sys that the glob matches, found none');
  for (const path of paths) {
    try {
      set(sys, `${root}/${path}`, setting);
    } catch (error) {
      fail(refusalOf(error));
    }
  }
}

function set(sys: Sys, path: string, { kind, value }: Setting): void {
  if (kind === 'value') return writeValue(sys, path, value);
  if (kind === 'mode') return sys.fchmodat(AT_FDCWD, path, Number.parseInt(value, 8));
  const [user = '', group] = value.split(':');
  sys.fchownat(AT_FDCWD, path, idOf(sys, '/etc/passwd', user), idOf(sys, '/etc/group', group), 0);
}

/** A number, or a name's in passwd(5) or group(5); -1 changes nothing. */
function idOf(sys: Sys, file: string, name: string | undefined): number {
  if (name === undefined) return -1;
  if (/^[0-9]+$/.test(name)) return Number(name);
  const line = (readTextIfPresent(sys, file) ?? '').split('\n').find((one) => one.startsWith(`${name}:`));
  const id = line?.split(':')[2];
  if (id === undefined) throw new Error(`expected "${name}" in ${file}, found no such name`);
  return Number(id);
}
