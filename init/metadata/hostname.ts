// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describeError, errnoOf, readTextIfPresent, writeValue } from '../files.ts';
import type { Sys } from '../sys.ts';

/** The kernel's limit (sethostname(2), HOST_NAME_MAX). */
const longest = 64;
/** Where the image's label binds /proc/sys/kernel/hostname: it can be written without CAP_SYS_ADMIN. */
const boundFile = '/run/kernel-hostname';

/** The name that a machine is to have; undefined when there is none in the text. Of one that is too long, the part before the dot. */
export function hostnameOf(text: string): string | undefined {
  const name = text.trim().replace(/\.$/, '');
  const fitting = name.length > longest ? (name.split('.')[0] ?? '').slice(0, longest) : name;
  return /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(fitting) ? fitting : undefined;
}

/** Sets the host name of the system to what the file says. Returns it; undefined when there is no such file. Throws when it is no name. */
export function setHostname(sys: Sys, file: string): string | undefined {
  const text = readTextIfPresent(sys, file);
  if (text === undefined) return undefined;
  const name = hostnameOf(text);
  if (name === undefined)
    throw new Error(`expected a host name in ${file}, found ${JSON.stringify(text.slice(0, 80))}`);
  try {
    sys.sethostname(name);
  } catch (error) {
    if (errnoOf(error) !== 'EPERM') throw error;
    setWithoutCapability(sys, name);
  }
  return name;
}

function setWithoutCapability(sys: Sys, name: string): void {
  try {
    writeValue(sys, boundFile, name);
  } catch (error) {
    throw new Error(
      `setting the host name takes CAP_SYS_ADMIN, or the bind "/proc/sys/kernel/hostname:${boundFile}": ${describeError(error)}`,
      { cause: error },
    );
  }
}
