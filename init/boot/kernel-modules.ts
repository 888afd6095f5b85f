// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readText } from '../files.ts';
import type { Sys } from '../sys.ts';
import type { CommandLine } from './command-line.ts';
import { openModuleIndex } from './module-index.ts';
import { createModules, type Modules } from './modules.ts';

/** Modules for the running kernel. undefined when the root has none for it. */
export function openModules(sys: Sys, commandLine: CommandLine, warn: (message: string) => void): Modules | undefined {
  const release = readText(sys, '/proc/sys/kernel/osrelease').trim();
  const index = openModuleIndex(sys, release);
  return index === undefined ? undefined : createModules(sys, index, commandLine, warn);
}
