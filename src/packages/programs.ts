// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { requireMachine } from '../elf-machine.ts';
import { TskitError } from '../errors.ts';
import { errnoOf } from '../oci/store-error.ts';
import type { Platform } from '../oci/types.ts';
import { nearestKey } from '../spec/nearest-key.ts';

/**
 * tskit's own programs for system images, one static binary each (init/programs/): two levels up from the code, which is in
 * src/packages/ in a checkout and in dist/cli/ once bundled.
 */
export const programs: string = fileURLToPath(new URL('../../dist/programs/', import.meta.url));

/** The binary that a recipe calls by its name (`files: program:`). Throws `not-found`, or `platform` when it is for another architecture. */
export function readProgram(name: string, platform: Platform): Buffer {
  const act = `taking tskit's program "${name}"`;
  const path = join(programs, name);
  const binary = readIfPresent(path);
  if (binary === undefined) {
    const nearest = nearestKey(name, programNames());
    throw new TskitError('not-found', `${act}: expected "${path}", found nothing`, {
      hint:
        nearest === undefined
          ? `there are ${programNames().join(', ') || 'none: run `make build` in the checkout'}`
          : `did you mean "${nearest}"?`,
    });
  }
  requireMachine(binary, platform, act, path);
  return binary;
}

/**
 * Which of the programs a recipe's text may name and what they are, as part of what its image is found by. A name that stands there
 * for something else costs a rebuild and no more. The recipe is not parsed for it: a warm build needs no parser.
 */
export function programDigests(text: string): readonly string[] {
  if (!text.includes('program')) return [];
  return programNames()
    .filter((name) => text.includes(name))
    .map((name) => `${name} ${digestOf(join(programs, name))}`);
}

function programNames(): readonly string[] {
  try {
    return readdirSync(programs).sort();
  } catch {
    return [];
  }
}

function digestOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

function readIfPresent(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
