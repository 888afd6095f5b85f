// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { LinuxSeccomp } from '../../init/contract/linux-config.ts';
import type { NativeArchitecture } from '../../seccomp/architectures.ts';
import { compileSeccomp } from '../../seccomp/compile.ts';
import { defaultProfile } from '../../seccomp/default-profile.ts';
import { encodeFilterFile, filterSource } from '../../seccomp/filter-file.ts';
import { TskitError } from '../errors.ts';
import { stringifyJson } from '../json.ts';
import type { Platform } from '../oci/types.ts';
import type { ImageSettings, Spec } from '../spec/types.ts';
import { version } from '../version.ts';
import { capabilitySets } from './capabilities.ts';
import { parseSeccompProfile } from './seccomp-profile.ts';

/** Text of each profile that the spec names, by its path as written. */
export type SeccompProfiles = ReadonlyMap<string, string>;

/** What a bundle says of system calls. */
export interface BundleSeccomp {
  /** linux.seccomp of config.json. */
  readonly section: LinuxSeccomp;
  /** The same compiled, for the bundle's file bundleFilterName: nothing is compiled at boot. */
  readonly filter: Uint8Array;
}

const words: ReadonlySet<string> = new Set(['default', 'unconfined']);

/** Reads the profiles that a spec's entries name. Throws a TskitError 'io' that names the one that cannot be read. */
export async function readSeccompProfiles(spec: Spec): Promise<SeccompProfiles> {
  const named = [...spec.onboot, ...spec.onshutdown, ...spec.services].map((entry) => entry.seccomp);
  const paths = [...new Set(named.filter((name): name is string => name !== undefined && !words.has(name)))];
  return new Map(await Promise.all(paths.map(async (path) => [path, await readProfile(path, spec)] as const)));
}

async function readProfile(path: string, spec: Spec): Promise<string> {
  const file = resolve(spec.origin.folder, path);
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const found = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new TskitError('io', `seccomp "${path}": expected a profile that can be read at "${file}", found ${found}`, {
      hint: 'seccomp is "default", "unconfined" or a path from the spec\'s folder',
      cause: error,
    });
  }
}

const natives: Readonly<Record<string, NativeArchitecture>> = { amd64: 'x86_64', arm64: 'aarch64' };

/**
 * The filter of a container; undefined when it may make any call. Throws a TskitError 'spec' for a profile that is none, and for
 * a label that names a path, which means nothing here.
 */
export function seccompOf(
  settings: ImageSettings,
  profiles: SeccompProfiles,
  { architecture }: Platform,
): BundleSeccomp | undefined {
  const native = natives[architecture];
  const all = (settings.capabilities ?? []).some((name) => name.toLowerCase() === 'all');
  const choice = settings.seccomp ?? (all ? 'unconfined' : 'default');
  if (choice === 'unconfined' || native === undefined) return undefined;
  const granted = capabilitySets(settings.capabilities, settings.ambient).bounding ?? [];
  if (choice === 'default') return compiled(defaultProfile(granted, native), native);
  const text = profiles.get(choice);
  if (text === undefined)
    throw new TskitError('spec', `seccomp: expected "default" or "unconfined" in an image's label, found "${choice}"`, {
      hint: 'name the profile in the spec',
    });
  try {
    return compiled(parseSeccompProfile(text, { capabilities: granted, architecture }), native);
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace('linux.seccomp.', '') : String(error);
    throw new TskitError('spec', `seccomp: profile "${choice}": ${reason}`, { cause: error });
  }
}

function compiled(section: LinuxSeccomp, native: NativeArchitecture): BundleSeccomp {
  const source = new TextEncoder().encode(filterSource(stringifyJson(section), version, native));
  return { section, filter: encodeFilterFile({ source, filter: compileSeccomp(section, native) }) };
}
