// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { lockChanges } from '../lock/changes.ts';
import { lockPath, readLock, writeLock } from '../lock/file.ts';
import { makeLock } from '../lock/make.ts';
import { buildContext, contextOptions } from './build-context.ts';
import type { Command } from './command.ts';
import { platformOf, platformOption, readSpecs, specArguments, specOptions } from './spec-input.ts';

export const lock: Command = {
  name: 'lock',
  arguments: `[flags] ${specArguments}`,
  summary: 'pins images and packages of a spec in tskit.lock',
  description:
    'Writes tskit.lock beside the first spec: the digest of every image, and versions and hashes of every package of a recipe.\n' +
    'Builds then use exactly these. What is pinned already stays, unless --update is given.',
  options: {
    update: { help: 'pin anew, at what registries and archives have now' },
    ...specOptions,
    ...platformOption,
    ...contextOptions,
  },
  whenInterrupted: 'tskit.lock is as it was; what was pulled so far is kept in the cache',
  run: async (invocation) => {
    const context = buildContext(invocation);
    const { sources, parsing, beside } = await readSpecs(lock, invocation);
    const before = await readLock(beside);
    const after = await makeLock(
      {
        sources,
        parsing,
        platform: platformOf(invocation),
        update: invocation.flag('update'),
        ...(before !== undefined && { lock: before }),
      },
      context,
    );
    writeLock(beside, after);
    for (const change of lockChanges(before, after)) invocation.reporter.note(change);
    invocation.print(lockPath(beside));
  },
};
