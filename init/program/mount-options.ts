// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import {
  MS_DIRSYNC,
  MS_LAZYTIME,
  MS_NOATIME,
  MS_NODEV,
  MS_NODIRATIME,
  MS_NOEXEC,
  MS_NOSUID,
  MS_RDONLY,
  MS_RELATIME,
  MS_STRICTATIME,
  MS_SYNCHRONOUS,
} from '../linux.ts';

/** Options of mount(8) that are flags of mount(2); "rw" and "defaults" are none. */
const flags: ReadonlyMap<string, number> = new Map([
  ['defaults', 0],
  ['rw', 0],
  ['ro', MS_RDONLY],
  ['nosuid', MS_NOSUID],
  ['nodev', MS_NODEV],
  ['noexec', MS_NOEXEC],
  ['sync', MS_SYNCHRONOUS],
  ['dirsync', MS_DIRSYNC],
  ['noatime', MS_NOATIME],
  ['nodiratime', MS_NODIRATIME],
  ['relatime', MS_RELATIME],
  ['strictatime', MS_STRICTATIME],
  ['lazytime', MS_LAZYTIME],
]);

/** "ro,noatime,discard" as mount(2) takes it: flags, and what is for the file system itself. */
export function mountOptions(text: string): { readonly flags: number; readonly data: string | null } {
  const words = text.split(',').filter((word) => word !== '');
  const data = words.filter((word) => !flags.has(word)).join(',');
  return { flags: words.reduce((all, word) => all | (flags.get(word) ?? 0), 0), data: data === '' ? null : data };
}
