// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import type { BuildContext } from '../context.ts';
import { TskitError } from '../errors.ts';
import { buildKernelRecipe } from '../kernel-build/kernel-recipe.ts';
import type { LockedPackage, LockedRecipe } from '../lock.ts';
import type { Store } from '../oci/store.ts';
import type { Descriptor, Platform } from '../oci/types.ts';
import { attachSbom } from './attach-sbom.ts';
import { makeAlternative } from './alternatives.ts';
import { openArchives, verifyArchive } from './archives.ts';
import { type Deb, openDeb } from './deb.ts';
import { writeCertificates } from './certificates.ts';
import { version } from '../version.ts';
import { debianArchitecture } from './debian-architecture.ts';
import { writeDpkgDatabase } from './dpkg-database.ts';
import { editFile } from './edit-file.ts';
import type { RecipeFolder } from './folder.ts';
import { keptPackages } from './kept-packages.ts';
import { writeImage } from './image.ts';
import { neededLibraries } from './needed-libraries.ts';
import { addPackage, newPackageTree, type PackageTree } from './package-tree.ts';
import { changeOwners } from './owners.ts';
import { parseRecipe } from './parse-recipe.ts';
import { aptFolder, fetchPackages } from './pin.ts';
import { readProgram } from './programs.ts';
import type { FileStep, Recipe } from './recipe.ts';
import { renewHint } from './recipe-lock.ts';
import { requireReplaced } from './scripts.ts';
import { requestOf } from './select.ts';
import { makeDirectory, makeLinks, move, pick, writeFileStep } from './shape.ts';
import { packDirectory } from './tar-step.ts';
import { writeOsRelease, writeUsers } from './users.ts';

/**
 * Builds the image of a recipe from exactly these packages:
 *  1. download what is not here yet, and take every package apart (a recipe may have none)
 *  2. put their files into one tree, sorted by package name, and pick those that stay
 *  3. make sure that the recipe answers for what the scripts of these packages would do
 *  4. move, tar, users, dirs, alternatives, links, edit, files, owners, certificates: the recipe's own steps, in this order
 *  5. dpkg's database of what is left
 *  6. one layer, config and manifest into the store, and the SBOM beside them
 * A recipe of a kernel is built by src/kernel-build/ instead. The result depends on nothing else but `ctx.epoch`, tskit's own programs, and
 * for a kernel the compiler. Throws `lock`, `package`, `spec`, `digest`, `network` or `store`.
 */
export async function buildRecipe(
  folder: RecipeFolder,
  pins: LockedRecipe,
  platform: Platform,
  ctx: BuildContext,
  store: Store,
): Promise<Descriptor> {
  const recipe = parseRecipe(folder.text, folder.file);
  requireSameRequest(folder, recipe, pins);
  if (recipe.kernel !== undefined) return await buildKernelRecipe(folder, recipe.kernel, pins, platform, ctx, store);
  await fetchPackages(pins.packages, platform, ctx);
  const task = ctx.reporter.task(`building pkg:${folder.name}`);
  const scratch = store.temporaryPath(`recipe-${randomUUID()}`);
  await mkdir(scratch);
  try {
    const debs = await openDebs(pins, scratch, ctx);
    const tree = newPackageTree(debianArchitecture(platform), ctx.epoch);
    for (const [name, deb] of debs) addPackage(tree, name, deb, debs, ctx.epoch);
    const kept = pickFiles(tree, recipe, debs);
    requireReplaced(recipe, folder.file, kept);
    await shape(tree, recipe, folder, platform, scratch, ctx.epoch);
    if (pins.release !== undefined) writeOsRelease(tree, pins.release, ctx.epoch);
    if (debs.size > 0) writeDpkgDatabase(tree, kept, ctx.epoch);
    const mainVersion = versionOf(recipe, pins, debianArchitecture(platform));
    const image = await writeImage(store, tree.inodes, recipe.config ?? {}, mainVersion, platform, ctx.epoch);
    const programs = programsOf(recipe, platform);
    await attachSbom(store, { name: folder.name, image, pins, debs: kept, programs }, ctx.epoch);
    task.done();
    return image;
  } catch (error) {
    task.fail();
    throw ofRecipe(folder, error);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Steps say what is wrong with a path; a build makes several recipes. */
function ofRecipe({ file }: RecipeFolder, error: unknown): unknown {
  if (!(error instanceof TskitError) || error.code !== 'package' || error.message.includes(file)) return error;
  const { message, hint } = error;
  return new TskitError('package', `"${file}": ${message}`, { ...(hint !== undefined && { hint }), cause: error });
}

/** A lock pins what the recipe asked for when it was made. */
function requireSameRequest(folder: RecipeFolder, recipe: Recipe, pins: LockedRecipe): void {
  const [wanted, locked] = [requestOf(recipe), pins.request].map((request) => request.join(', '));
  if (wanted === locked) return;
  throw new TskitError('lock', `"${folder.file}": expected packages as in tskit.lock (${locked}), found ${wanted}`, {
    hint: renewHint,
  });
}

async function openDebs(pins: LockedRecipe, scratch: string, ctx: BuildContext): Promise<ReadonlyMap<string, Deb>> {
  if (pins.packages.length === 0) return new Map();
  const archives = await openArchives(aptFolder(ctx.cache));
  const debs = new Map<string, Deb>();
  for (const pin of [...pins.packages].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const deb = await openDeb(await verifyArchive(archives, pin), scratch, pin.name, ctx.signal);
    requirePinned(pin, deb);
    debs.set(pin.name, deb);
  }
  return debs;
}

/** The hash decides what a package is, so a lock that was edited could call it something else. */
function requirePinned(pin: LockedPackage, deb: Deb): void {
  for (const field of ['version', 'architecture'] as const) {
    const found = deb.fields.get(field);
    if (found === pin[field]) continue;
    throw new TskitError('lock', `package "${pin.name}": expected ${field} "${pin[field]}", found "${found}"`, {
      hint: 'tskit.lock names another file than it describes: make it anew with `tskit lock --update`',
    });
  }
}

/** tskit's own programs that a recipe takes, by name. */
function programsOf(recipe: Recipe, platform: Platform): ReadonlyMap<string, Uint8Array> {
  const names = (recipe.files ?? []).flatMap(({ program }) => (program === undefined ? [] : [program]));
  return new Map(names.map((name) => [name, readProgram(name, platform)]));
}

/** The version of the package that a recipe names first, which the image is about. */
function versionOf(recipe: Recipe, pins: LockedRecipe, architecture: string): string | undefined {
  const [first] = recipe.packages ?? [];
  // tskit's own programs have its version.
  if (first === undefined) return version;
  if (typeof first !== 'string' && 'follow' in first) {
    return pins.packages.length === 1 ? pins.packages[0]?.version : undefined;
  }
  const names = typeof first === 'string' ? [first] : 'any' in first ? first.any : [first.name];
  const wanted = new Set(names.map((name) => name.replace(/=.*$/, '').replaceAll('${arch}', architecture)));
  return pins.packages.find(({ name }) => wanted.has(name))?.version;
}

/** The packages that are left; all of them where the recipe only takes files away. */
function pickFiles(tree: PackageTree, recipe: Recipe, debs: ReadonlyMap<string, Deb>): ReadonlyMap<string, Deb> {
  if (recipe.pick === undefined) return debs;
  pick(tree, recipe.pick, recipe.libraries === true ? (kept) => neededLibraries(tree, kept) : undefined);
  const isChosen = recipe.pick.some((one) => !(typeof one === 'string' ? one : one.path).startsWith('!'));
  return isChosen ? keptPackages(tree, debs) : debs;
}

async function shape(
  tree: PackageTree,
  recipe: Recipe,
  folder: RecipeFolder,
  platform: Platform,
  scratch: string,
  epoch: number,
): Promise<void> {
  for (const step of recipe.move ?? []) move(tree, step, epoch);
  for (const [index, step] of (recipe.tar ?? []).entries()) {
    await packDirectory(tree, step, join(scratch, `${index}.tar`), epoch);
  }
  // Before whatever may name them as owners.
  writeUsers(tree, recipe.users ?? [], recipe.groups ?? [], epoch);
  for (const step of recipe.dirs ?? []) makeDirectory(tree, step, epoch);
  for (const step of recipe.alternatives ?? []) makeAlternative(tree, step, epoch);
  for (const step of recipe.links ?? []) makeLinks(tree, step, epoch);
  for (const step of recipe.edit ?? []) editFile(tree, step, epoch);
  for (const step of recipe.files ?? []) writeFileStep(tree, step, dataOf(folder, step, platform), epoch);
  for (const step of recipe.owners ?? []) changeOwners(tree, step);
  if (recipe.certificates !== undefined) writeCertificates(tree, recipe.certificates, epoch);
}

function dataOf(folder: RecipeFolder, step: FileStep, platform: Platform): Uint8Array {
  if (step.program !== undefined) return readProgram(step.program, platform);
  if (step.source === undefined) return Buffer.from(step.contents ?? '');
  const data = folder.sources.get(step.source);
  if (data !== undefined) return data;
  const known = [...folder.sources.keys()].map((name) => `"${name}"`).join(', ');
  throw new TskitError(
    'package',
    `"${folder.file}": files "${step.path}": expected "${step.source}" in the folder "files" beside it, found ${known || 'nothing'}`,
  );
}
