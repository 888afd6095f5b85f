// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { dirname } from 'node:path';
import type { Spec } from '../../src/spec/types.ts';

/** A spec of a file with nothing in it, for tests that give the sections as values: no entry has a place. */
export function emptySpec(file = '/nowhere/os.yml'): Spec {
  const origin = { folder: dirname(file), place: () => undefined };
  return { file, origin, init: [], volumes: [], onboot: [], onshutdown: [], services: [], files: [] };
}
