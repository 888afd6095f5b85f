// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keepAtExit, removeAtExit } from './at-exit.ts';

/** A folder for the length of some work, which goes however the work or the process ends. */
export interface ScratchFolder extends AsyncDisposable {
  readonly path: string;
}

/** Makes one; `purpose` is in its name. */
export async function scratchFolder(purpose: string): Promise<ScratchFolder> {
  const path = await mkdtemp(join(tmpdir(), `tskit-${purpose}-`));
  removeAtExit(path);
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      await rm(path, { recursive: true, force: true });
      keepAtExit(path);
    },
  };
}
