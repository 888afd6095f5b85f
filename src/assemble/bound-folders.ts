// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Origin } from '../spec/origin.ts';
import type { ImageSettings } from '../spec/types.ts';
import { inEntry, settingsOf } from './settings.ts';
import type { Container } from './users.ts';

/** What LinuxKit's containerd makes and its getty and sshd bind: here nothing else would make it. */
const containerdFolder = '/var/lib/containerd';

/**
 * Folders that are there by the time that services run under LinuxKit's init, whatever order they are listed in: those of every
 * service's `runtime.mkdir`, and containerd's.
 */
export function foldersOfServices(listed: readonly Container[], origin?: Origin): readonly string[] {
  const made = listed.flatMap(({ section, index, entry, image }) =>
    section === 'services'
      ? inEntry(origin, section, index, entry, () => settingsOf(section, entry, image).runtime?.mkdir ?? [])
      : [],
  );
  return [containerdFolder, ...made.filter((path) => path.startsWith('/'))];
}

/** The folders of a container's runtime.json: its own, and those of `folders` that it binds. */
export function foldersToMake(settings: ImageSettings, folders: readonly string[]): readonly string[] {
  const sources = (settings.binds ?? []).map((bind) => bind.split(':')[0] ?? '');
  const bound = sources.filter((source) => folders.includes(source));
  return [...new Set([...(settings.runtime?.mkdir ?? []), ...bound])];
}
