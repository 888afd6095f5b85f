// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describeError, errnoOf, readText } from '../files.ts';
import type { Sys } from '../sys.ts';
import { Failure } from './failure.ts';
import { namesIn } from './folder-of-files.ts';
import { warn } from './say.ts';

/** One line of a file with settings. */
export interface SettingLine {
  /** "/etc/sysctl.d/10-mine.conf:3", for messages. */
  readonly place: string;
  readonly text: string;
}

/**
 * The lines that say something of all NAME.conf in some folders, in the order of the names. A name that several folders have is the
 * last one's, so that a file of the spec takes the place of the image's. Blank lines and those that begin with one of `comments` are
 * left out. Throws Failure when none of the folders is there.
 */
export function settingLines(sys: Sys, folders: readonly string[], comments: string): readonly SettingLine[] {
  const files = new Map<string, string>();
  let found = false;
  for (const folder of folders) {
    const names = namesIn(sys, folder);
    found ||= names !== undefined;
    for (const name of names ?? []) if (name.endsWith('.conf')) files.set(name, `${folder}/${name}`);
  }
  if (!found) {
    throw new Failure(
      `reading settings: expected the folder ${folders.map((folder) => `"${folder}"`).join(' or ')}, found nothing`,
      `bind a folder with .conf files there`,
    );
  }
  return [...files].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, file]) => linesOf(sys, file, comments));
}

function linesOf(sys: Sys, file: string, comments: string): readonly SettingLine[] {
  return readText(sys, file)
    .split('\n')
    .map((line, index) => ({ place: `${file}:${index + 1}`, text: line.trim() }))
    .filter(({ text }) => text !== '' && !comments.includes(text[0] ?? ''));
}

/** Why the kernel did not take a value. */
export function refusalOf(error: unknown): string {
  switch (errnoOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'expected a setting that the kernel has, found none of this name';
    case 'EACCES':
    case 'EPERM':
      return 'expected to be allowed to write it, found no permission';
    case 'EINVAL':
    case 'ERANGE':
      return 'expected a value that the kernel takes, found one that it refuses';
    default:
      return describeError(error);
  }
}

/** Prints what could not be written, line by line, and throws Failure if there is any. */
export function reportFailures(sys: Sys, program: string, failures: readonly string[], hint: string): void {
  if (failures.length === 0) return;
  for (const failure of failures) warn(sys, `${program}: ${failure}`);
  const count = failures.length === 1 ? 'one setting was' : `${failures.length} settings were`;
  throw new Failure(`writing settings of the kernel: ${count} not written, all others were`, hint);
}
