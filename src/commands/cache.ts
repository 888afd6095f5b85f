// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { cleanCache } from '../cache/clean.ts';
import { forgetImages } from '../cache/forget.ts';
import { formatFreed, formatListing, listCache } from '../cache/listing.ts';
import { cacheDir } from './build-context.ts';
import { cacheOption, type Command, type Invocation, usage } from './command.ts';

export const cache: Command = {
  name: 'cache',
  arguments: 'ls|clean|rm [flags] [IMAGE...]',
  summary: 'shows and frees what the cache holds',
  description: [
    'ls     lists images, spooled layers, segments and root images',
    'clean  frees what can be made again without the network: spooled layers, segments, root images, blobs that no image needs',
    'rm     forgets images; `cache clean` then frees their blobs',
  ].join('\n'),
  options: {
    all: { help: 'clean: images and Debian packages too' },
    unused: { value: 'DAYS', help: 'clean: only what was not used for so many days' },
    'dry-run': { help: 'clean: only say what would be freed' },
    json: { help: 'print the result as JSON' },
    ...cacheOption,
  },
  whenInterrupted: 'what was removed stays removed, the rest is whole',
  run: async (invocation) => {
    const [action, ...images] = invocation.positionals;
    if (action === 'rm') return await remove(invocation, images);
    if (images.length > 0) throw usage(cache, `${action}: expected no further argument, found "${images[0]}"`);
    if (action === 'ls') return await list(invocation);
    if (action === 'clean') return await clean(invocation);
    throw usage(cache, `expected ls, clean or rm, found ${action === undefined ? 'nothing' : `"${action}"`}`);
  },
};

async function list(invocation: Invocation): Promise<void> {
  const listing = await listCache(cacheDir(invocation), invocation.signal);
  print(invocation, listing, () => formatListing(listing));
}

async function clean(invocation: Invocation): Promise<void> {
  const all = invocation.flag('all');
  const dryRun = invocation.flag('dry-run');
  const days = invocation.one('unused');
  if (days !== undefined && !/^\d{1,5}$/.test(days))
    throw usage(cache, `--unused: expected a number of days, found "${days}"`);
  if (days !== undefined && all) throw usage(cache, '--all and --unused: expected one of them, found both');
  const options = { all, dryRun, ...(days !== undefined && { unusedDays: Number(days) }) };
  const freed = await cleanCache(cacheDir(invocation), options, invocation.signal);
  print(invocation, { freed }, () => formatFreed(freed, dryRun));
}

async function remove(invocation: Invocation, images: readonly string[]): Promise<void> {
  if (images.length === 0) throw usage(cache, 'rm: expected an image, found nothing');
  await forgetImages(cacheDir(invocation), images, invocation.signal);
  print(invocation, { removed: images }, () => images.map((image) => `forgot ${image}`));
}

function print(invocation: Invocation, result: object, lines: () => readonly string[]): void {
  if (invocation.flag('json')) invocation.print(JSON.stringify(result));
  else for (const line of lines()) invocation.print(line);
}
