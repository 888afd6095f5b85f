// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { mkdir, rm } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { readContent } from '../content.ts';
import type { BuildContext } from '../context.ts';
import type { LockedPackage, LockedRecipe } from '../lock.ts';
import type { Store } from '../oci/store.ts';
import type { Platform } from '../oci/types.ts';
import { openArchives, verifyArchive } from './archives.ts';
import { entriesBetween, parseChangelog, type SecurityFixes, securityFixes } from './changelog.ts';
import { type Deb, openDeb } from './deb.ts';
import { aptFolder, fetchPackages } from './pin.ts';

/** One package that a new lock has otherwise. */
export interface PackageUpdate {
  readonly package: string;
  /** Absent for a package that was added. */
  readonly from?: string;
  /** Absent for one that was removed. */
  readonly to?: string;
  /** Absent when the changelog is in none of the packages. */
  readonly security?: SecurityFixes;
}

/** A changelog of ten years is some hundred kilobytes. */
const changelogLimit = 16 * 1024 * 1024;
const changelogNames = /^(?:\.\/)?usr\/share\/doc\/[^/]+\/changelog(?:\.Debian)?\.gz$/;

/**
 * What differs between two locks of a recipe, with the security fixes that the new packages' own changelogs name; packages of one
 * source share a changelog, of which any may bring it. The new packages are downloaded, as the next build would. Throws as a build does.
 */
export async function packageUpdates(
  before: LockedRecipe,
  after: LockedRecipe,
  platform: Platform,
  ctx: BuildContext,
  store: Store,
): Promise<readonly PackageUpdate[]> {
  const old = new Map(before.packages.map((one) => [one.name, one]));
  const now = new Set(after.packages.map(({ name }) => name));
  const changed = after.packages.filter(({ name, version }) => old.has(name) && old.get(name)?.version !== version);
  const changelogs = changed.length === 0 ? undefined : await readChangelogs(changed, platform, ctx, store);
  return [
    ...after.packages.flatMap((one): readonly PackageUpdate[] => {
      const from = old.get(one.name)?.version;
      if (from === undefined) return [{ package: one.name, to: one.version }];
      if (from === one.version) return [];
      const entries = changelogs?.get(one.name);
      const security =
        entries && securityFixes(entriesBetween(parseChangelog(entries), sourceVersion(from), one.version));
      return [{ package: one.name, from, to: one.version, ...(security && { security }) }];
    }),
    ...before.packages
      .filter(({ name }) => !now.has(name))
      .map(({ name, version }) => ({ package: name, from: version })),
  ];
}

/** A rebuild without a change of the source has "+b1" at its end, which the source's changelog does not know. */
function sourceVersion(version: string): string {
  return version.replace(/\+b\d+$/, '');
}

/** Package -> text of its source's changelog. */
async function readChangelogs(
  packages: readonly LockedPackage[],
  platform: Platform,
  ctx: BuildContext,
  store: Store,
): Promise<ReadonlyMap<string, string>> {
  await fetchPackages(packages, platform, ctx);
  const archives = await openArchives(aptFolder(ctx.cache));
  const scratch = store.temporaryPath(`changelogs-${randomUUID()}`);
  await mkdir(scratch);
  try {
    const sources = new Map<string, string>();
    const texts = new Map<string, string>();
    for (const pin of packages) {
      const deb = await openDeb(await verifyArchive(archives, pin), scratch, pin.name, ctx.signal);
      const source = (deb.fields.get('source') ?? pin.name).replace(/\s.*$/, '');
      sources.set(pin.name, source);
      const text = changelogOf(deb);
      if (text !== undefined) texts.set(source, text);
      await rm(deb.dataFile, { force: true });
    }
    return new Map(
      [...sources].flatMap(([name, source]) => {
        const text = texts.get(source);
        return text === undefined ? [] : [[name, text] as const];
      }),
    );
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Debian's own where there is one beside upstream's. */
function changelogOf({ entries, dataFile }: Deb): string | undefined {
  const found = entries.filter(({ path, type }) => type === 'file' && changelogNames.test(path));
  const entry = found.find(({ path }) => path.endsWith('changelog.Debian.gz')) ?? found[0];
  if (entry === undefined) return undefined;
  const content = { kind: 'range', file: dataFile, offset: entry.offset, size: entry.size } as const;
  return gunzipSync(readContent(content, changelogLimit), { maxOutputLength: changelogLimit }).toString('utf8');
}
