// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { formatBytes } from '../amounts.ts';
import { listShelf } from '../packages/shelf.ts';
import { dim, wrapWords } from '../styled-line.ts';
import { buildContext } from './build-context.ts';
import type { Invocation } from './command.ts';
import { pkgUsage } from './pkg-arguments.ts';
import { platformOf } from './spec-input.ts';

const indent = 4;

/** `tskit pkg ls`. */
export async function listPackages(invocation: Invocation, args: readonly string[]): Promise<void> {
  if (args.length > 0) throw pkgUsage(`ls: expected no further argument, found "${args[0]}"`);
  const shelf = await listShelf(platformOf(invocation), buildContext(invocation));
  if (invocation.flag('json')) {
    invocation.print(JSON.stringify(shelf));
    return;
  }
  const rows = shelf.map(({ name, description, image }) => ({
    reference: `pkg:${name}`,
    version: image?.version ?? '',
    size: image === undefined ? '' : formatBytes(image.size),
    digest: image === undefined ? '' : image.digest.slice('sha256:'.length).slice(0, 12),
    description,
  }));
  const width = (of: (row: (typeof rows)[number]) => string): number => Math.max(...rows.map((row) => of(row).length));
  const [names, versions, sizes] = [
    width((row) => row.reference),
    width((row) => row.version),
    width((row) => row.size),
  ];
  const widest = names + versions + sizes + 12 + 8 + Math.max(...rows.map(({ description }) => description.length));
  // In a terminal that is too narrow for a row, what a recipe is stands below the rest.
  const narrow = invocation.columns !== undefined && invocation.columns < widest ? invocation.columns : undefined;
  for (const { reference, version, size, digest, description } of rows) {
    const row = `${reference.padEnd(names)}  ${version.padEnd(versions)}  ${size.padStart(sizes)}  ${digest.padEnd(12)}  `;
    if (narrow === undefined) {
      invocation.show([row, dim(description)]);
      continue;
    }
    invocation.show([row]);
    for (const line of wrapWords(description.split(' '), narrow - indent, 0))
      invocation.show([' '.repeat(indent), dim(line)]);
  }
}
