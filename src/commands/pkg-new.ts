// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { basename, resolve } from 'node:path';
import { writeScaffold } from '../packages/scaffold.ts';
import type { Invocation } from './command.ts';
import { onlyArgument } from './pkg-arguments.ts';

/** `tskit pkg new NAME`. */
export async function newPackage(invocation: Invocation, args: readonly string[]): Promise<void> {
  const folder = onlyArgument('new', 'a name', args);
  for (const path of await writeScaffold(folder, basename(resolve(folder)))) invocation.print(path);
  const reference = folder.includes('/') ? folder : `./${folder}`;
  invocation.reporter.note(`next: tskit pkg build ${folder}; in a spec it is pkg:${reference}`);
}
