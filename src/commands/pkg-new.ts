// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { basename, resolve } from 'node:path';
import { writeScaffold } from '../packages/scaffold.ts';
import type { Invocation } from './command.ts';
import { onlyArgument } from './pkg-arguments.ts';

/** `tskit pkg new NAME`. */
export async function newPackage(invocation: Invocation, args: readonly string[]): Promise<void> {
  const folder = onlyArgument('new', 'a name', args);
  const paths = await writeScaffold(folder, basename(resolve(folder)));
  if (invocation.flag('json')) invocation.print(JSON.stringify(paths));
  else for (const path of paths) invocation.print(path);
  // With a slash it is no recipe of the shelf, whatever its name.
  const place = folder === '.' ? './' : folder.includes('/') ? folder : `./${folder}`;
  invocation.reporter.note(`next: tskit pkg build ${place}; in a spec it is pkg:${place}`);
}
