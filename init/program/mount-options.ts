// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import {
  MS_DIRSYNC,
  MS_LAZYTIME,
  MS_MANDLOCK,
  MS_NOATIME,
  MS_NODEV,
  MS_NODIRATIME,
  MS_NOEXEC,
  MS_NOSUID,
  MS_NOSYMFOLLOW,
  MS_RDONLY,
  MS_RELATIME,
  MS_STRICTATIME,
  MS_SYNCHRONOUS,
} from '../linux.ts';
import { UsageError } from '../runtime/arguments.ts';

type Change = readonly [set: number, clear: number];

const set = (flag: number): Change => [flag, 0];
const clear = (flag: number): Change => [0, flag];
const nothing: Change = [0, 0];

/** Options of mount(8) that are flags of mount(2), or that only its other users look at; the last one of a kind counts. */
const changes: ReadonlyMap<string, Change> = new Map<string, Change>([
  ['ro', set(MS_RDONLY)],
  ['rw', clear(MS_RDONLY)],
  ['nosuid', set(MS_NOSUID)],
  ['suid', clear(MS_NOSUID)],
  ['nodev', set(MS_NODEV)],
  ['dev', clear(MS_NODEV)],
  ['noexec', set(MS_NOEXEC)],
  ['exec', clear(MS_NOEXEC)],
  ['sync', set(MS_SYNCHRONOUS)],
  ['async', clear(MS_SYNCHRONOUS)],
  ['dirsync', set(MS_DIRSYNC)],
  ['mand', set(MS_MANDLOCK)],
  ['nomand', clear(MS_MANDLOCK)],
  ['nosymfollow', set(MS_NOSYMFOLLOW)],
  ['symfollow', clear(MS_NOSYMFOLLOW)],
  ['noatime', set(MS_NOATIME)],
  ['atime', clear(MS_NOATIME)],
  ['nodiratime', set(MS_NODIRATIME)],
  ['diratime', clear(MS_NODIRATIME)],
  ['relatime', set(MS_RELATIME)],
  ['norelatime', clear(MS_RELATIME)],
  ['strictatime', set(MS_STRICTATIME)],
  ['nostrictatime', clear(MS_STRICTATIME)],
  ['lazytime', set(MS_LAZYTIME)],
  ['nolazytime', clear(MS_LAZYTIME)],
  // What an unprivileged user may mount has this with it.
  ['user', set(MS_NOSUID | MS_NODEV | MS_NOEXEC)],
  ['users', set(MS_NOSUID | MS_NODEV | MS_NOEXEC)],
  ['owner', set(MS_NOSUID | MS_NODEV)],
  ['group', set(MS_NOSUID | MS_NODEV)],
  ['nouser', nothing],
  ['nogroup', nothing],
  ['noowner', nothing],
  // Who reads fstab looks at these: what is asked for here is mounted.
  ['defaults', nothing],
  ['auto', nothing],
  ['noauto', nothing],
  ['_netdev', nothing],
  ['nofail', nothing],
]);

/** Comments of fstab and what other programs read of it; the folder is made anyway. */
const comment = /^(?:comment=|x-|X-(?!mount\.)|X-mount\.mkdir(?:=|$))/;
/** Another kind of mount than that of a file system on a device, or more than one. */
const otherKinds =
  /^(?:r?bind|move|remount|loop|offset|sizelimit|encryption|verity\.[a-z]+|r?(?:shared|private|slave|unbindable)|X-mount\.[a-z-]+)(?:=|$)/;

/** What options mean. */
export interface MountOptions {
  /** MS_* of mount(2). */
  readonly flags: number;
  /** For the file system itself. */
  readonly data: string | null;
  /** nofail: a device that is not there is no failure. */
  readonly mayFail: boolean;
}

/** "ro,noatime,discard" as mount(2) takes it. Throws UsageError for what would take another call. */
export function mountOptions(text: string): MountOptions {
  const words = text.split(',').filter((word) => word !== '' && !comment.test(word));
  const other = words.find((word) => otherKinds.test(word));
  if (other !== undefined)
    throw new UsageError(`expected options of a file system, found "${other}", which this program does not do`);
  const data = words.filter((word) => !changes.has(word)).join(',');
  const flags = words.reduce((all, word) => {
    const [added, removed] = changes.get(word) ?? nothing;
    return (all & ~removed) | added;
  }, 0);
  return { flags, data: data === '' ? null : data, mayFail: words.includes('nofail') };
}
