// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { join } from 'node:path';
import type { BuildContext } from '../context.ts';
import { TskitError } from '../errors.ts';
import type { LockedPackage, LockedRecipe } from '../lock.ts';
import { acquireLock } from '../oci/file-lock.ts';
import { makeFolder } from '../oci/atomic-file.ts';
import type { Platform } from '../oci/types.ts';
import {
  type Apt,
  hasLists,
  knownPackages,
  locateApt,
  prepareApt,
  readRelease,
  resolvePackages,
  showPackages,
  updateLists,
} from './apt.ts';
import { downloadArchives, missingArchives, openArchives } from './archives.ts';
import type { Stanza } from './control.ts';
import { debianArchitecture } from './debian-architecture.ts';
import type { RecipeFolder } from './folder.ts';
import { renewHint } from './recipe-lock.ts';
import { readSources } from './host-sources.ts';
import { parseRecipe } from './parse-recipe.ts';
import type { Recipe } from './recipe.ts';
import { aptRequest, requestOf, type Selection, selectPackages, settleRequests, uncertainNames } from './select.ts';
import { sourcesForSeries } from './series.ts';

/** Where apt's state and the downloaded packages are in a cache folder. */
export function aptFolder(cache: string): string {
  return join(cache, 'apt');
}

/** Lists that this process has read: once a run is enough, and makes one run see one state of the archive. */
const updated = new Map<string, Promise<void>>();

/** Decides on the packages of a recipe as the archive has them now. Throws `network`, `package` or `spec`. */
export async function pinRecipe(folder: RecipeFolder, platform: Platform, ctx: BuildContext): Promise<LockedRecipe> {
  return await pinSelection(parseRecipe(folder.text, folder.file), `recipe "pkg:${folder.name}"`, platform, ctx);
}

/** The same for a choice of packages that is no recipe's; `subject` names it in messages. */
export async function pinSelection(
  selection: Selection & Pick<Recipe, 'kernel'>,
  subject: string,
  platform: Platform,
  ctx: BuildContext,
): Promise<LockedRecipe> {
  const { packages: requests = [] } = selection;
  // Made of files alone, on any host.
  if (requests.length === 0) return { request: requestOf(selection), packages: [] };
  const architecture = debianArchitecture(platform);
  return withApt(architecture, ctx, selection.kernel?.series, async (apt) => {
    if (ctx.offline && !(await hasLists(apt))) {
      throw new TskitError('network', `${subject}: expected Debian's package lists in the cache, found --offline`, {
        hint: 'run the same command once without --offline: what it downloads is kept in the cache',
      });
    }
    const uncertain = uncertainNames(requests, architecture);
    const known = uncertain.length === 0 ? new Set<string>() : await knownPackages(apt, uncertain);
    const packages = settleRequests(requests, known, architecture);
    const stanzas = await neededPackages(
      apt,
      packages.map((request) => aptRequest(request, architecture)),
    );
    return {
      request: requestOf(selection),
      release: await readRelease(apt),
      packages: selectPackages({ ...selection, packages }, stanzas, architecture),
    };
  });
}

/** What apt has answered in this run: many recipes ask for the same packages, and the lists stay as they are. */
const answers = new Map<string, Promise<ReadonlyMap<string, Stanza>>>();

/** The archive's metadata of all that apt would install for these names, by name. Throws `package`. */
async function neededPackages(apt: Apt, requests: readonly string[]): Promise<ReadonlyMap<string, Stanza>> {
  const key = JSON.stringify([apt.state, ...requests.toSorted()]);
  const known = answers.get(key);
  if (known !== undefined) return await known;
  const answer = resolvePackages(apt, requests).then((candidates) => showPackages(apt, candidates));
  answers.set(key, answer);
  answer.catch(() => answers.delete(key));
  return await answer;
}

/** Brings the files of pinned packages here, those that are not yet; `series` as {@link withApt} has it. Throws `lock` for a version that the archive no longer has. */
export async function fetchPackages(
  packages: readonly LockedPackage[],
  platform: Platform,
  ctx: BuildContext,
  series?: string,
): Promise<void> {
  if (packages.length === 0) return;
  const archives = await openArchives(aptFolder(ctx.cache));
  if ((await missingArchives(archives, packages)).length === 0) return;
  await withApt(debianArchitecture(platform), ctx, series, async (apt) => {
    // Another build may have brought some while this one waited.
    const missing = await missingArchives(archives, packages);
    if (ctx.offline && missing.length > 0) {
      throw new TskitError('network', `packages ${named(missing)}: expected them in the cache, found --offline`, {
        hint: 'run the same command once without --offline: what it downloads is kept in the cache',
      });
    }
    const known = await showPackages(apt, missing);
    const vanished = missing.filter(({ name }) => !known.has(name));
    if (vanished.length > 0) {
      throw new TskitError(
        'lock',
        `packages ${named(vanished)}: expected them in Debian's archive, found other versions`,
        { hint: renewHint },
      );
    }
    await downloadArchives(apt, archives, missing, ctx.reporter);
  });
}

/**
 * Gives `act` an apt with current lists (the last ones that were read when offline), to itself: others wait. With a `series` it is one of the
 * release that has those kernels.
 */
async function withApt<T>(
  architecture: string,
  ctx: BuildContext,
  series: string | undefined,
  act: (apt: Apt) => Promise<T>,
): Promise<T> {
  const root = aptFolder(ctx.cache);
  const given = await readSources(process.env);
  const sources = series === undefined ? given : sourcesForSeries(given, series);
  const apt = locateApt(root, architecture, sources, ctx.signal);
  makeFolder(root);
  using _lock = await acquireLock(`${apt.state}.lock`, { signal: ctx.signal });
  await prepareApt(apt);
  if (!ctx.offline) await updateOnce(apt, ctx);
  return await act(apt);
}

async function updateOnce(apt: Apt, ctx: BuildContext): Promise<void> {
  let update = updated.get(apt.state);
  if (update === undefined) {
    const task = ctx.reporter.task("Debian's package lists");
    update = updateLists(apt);
    updated.set(apt.state, update);
    update.then(
      () => task.done(),
      () => {
        task.fail();
        updated.delete(apt.state);
      },
    );
  }
  await update;
}

function named(packages: readonly LockedPackage[]): string {
  return packages.map(({ name, version }) => `"${name}" ${version}`).join(', ');
}
