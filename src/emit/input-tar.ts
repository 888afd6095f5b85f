// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { closeSync, fstatSync, openSync } from 'node:fs';
import type { BuildContext } from '../context.ts';
import { TskitError } from '../errors.ts';
import { inContext } from '../oci/error-context.ts';
import { errnoOf } from '../oci/store-error.ts';
import type { Rootfs } from '../rootfs.ts';
import { type Sections, sectionsOf, sectionsOfTar } from './sections.ts';

/**
 * Says which sections of a system are the same as in the tar of an earlier build, and which are not (LinuxKit's --input-tar).
 * Nothing is taken from that tar: what has not changed is in the cache, and what somebody else wrote could be anything.
 * @throws TskitError `archive` when it is no tar, `io` when it cannot be read.
 */
export async function compareWithTar(rootfs: Rootfs, file: string, ctx: BuildContext): Promise<void> {
  const task = ctx.reporter.task(`comparing with ${file}`);
  const before = readSections(file, ctx);
  const after = await sectionsOf(rootfs, ctx);
  task.done();
  if (before.size === 0) {
    ctx.reporter.warn(
      `--input-tar "${file}": expected records of sections in it, found none: was it written by a build?`,
    );
    return;
  }
  for (const line of differences(before, after)) ctx.reporter.note(`--input-tar: ${line}`);
}

/** One line for each kind of difference that there is, sections in the order of the system. */
function differences(before: Sections, after: Sections): readonly string[] {
  const locations = [...after.keys()];
  const kinds: Readonly<Record<string, readonly string[]>> = {
    unchanged: locations.filter((location) => before.get(location) === after.get(location)),
    changed: locations.filter((location) => before.has(location) && before.get(location) !== after.get(location)),
    new: locations.filter((location) => !before.has(location)),
    gone: [...before.keys()].filter((location) => !after.has(location)),
  };
  return Object.entries(kinds).flatMap(([kind, names]) => (names.length === 0 ? [] : [`${kind}: ${names.join(', ')}`]));
}

function readSections(file: string, ctx: BuildContext): Sections {
  let fd: number;
  try {
    fd = openSync(file, 'r');
  } catch (error) {
    throw new TskitError('io', `--input-tar "${file}": expected a tar, found ${errnoOf(error) ?? String(error)}`, {
      cause: error,
    });
  }
  try {
    return sectionsOfTar(file, fd, fstatSync(fd).size, ctx);
  } catch (error) {
    throw inContext(`--input-tar "${file}"`, error);
  } finally {
    closeSync(fd);
  }
}
