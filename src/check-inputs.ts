// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { statSync } from 'node:fs';
import { join } from 'node:path';
import { isPattern } from './assemble/path-pattern.ts';
import { globPath, sourcePath } from './assemble/source-path.ts';
import { TskitError } from './errors.ts';
import { parseReference } from './oci/reference.ts';
import { errnoOf } from './oci/store-error.ts';
import { formatPath, type Path } from './spec/document.ts';
import type { Problem } from './spec/spec-error.ts';
import type { FileSpec, Spec } from './spec/types.ts';

type Found = Pick<Problem, 'message' | 'suggestion'> | undefined;

/**
 * What a spec asks of this machine and does not get, and image references that are none: what a build would stumble over
 * before it pulls anything. Opens no socket and reads no image.
 */
export async function checkInputs(spec: Spec): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  const report = (path: Path, found: Found): void => {
    const place = spec.origin.place(path) ?? { file: spec.file, line: 1, column: 1 };
    if (found !== undefined) problems.push({ ...place, path: formatPath(path), ...found });
  };
  for (const [path, reference] of references(spec)) report(path, await checkReference(reference, spec));
  for (const [section, entries] of sections(spec)) {
    for (const [index, { seccomp }] of entries.entries()) {
      if (seccomp === undefined || seccomp === 'default' || seccomp === 'unconfined') continue;
      report([section, index, 'seccomp'], missing(seccomp, spec, 'a profile'));
    }
  }
  for (const [index, file] of spec.files.entries()) {
    for (const [key, found] of await checkSource(file, spec)) report(['files', index, key], found);
  }
  for (const [key, file] of signingFiles(spec)) report(['secureboot', key], missing(file, spec, 'a file'));
  return problems;
}

/** Files that sign, by the key that names them. */
function signingFiles({ secureboot }: Spec): readonly (readonly [string, string])[] {
  const { keyset, certificate, key } = secureboot ?? {};
  return [
    ...(keyset === undefined ? [] : ['db.key', 'db.crt'].map((name) => ['keyset', join(keyset, name)] as const)),
    ...(certificate === undefined ? [] : [['certificate', certificate] as const]),
    ...(key === undefined ? [] : [['key', key] as const]),
  ];
}

/** What is wrong with the source of an entry of `files`, by key. */
async function checkSource(file: FileSpec, spec: Spec): Promise<readonly (readonly [string, Found])[]> {
  const { source } = file;
  if (source === undefined) return [];
  const path = sourcePath(source, spec.origin.folder);
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.isDirectory() === false) {
    const message = `expected a source that is a folder or a glob, found the file "${path}"`;
    return (['exclude', 'dirMode'] as const).flatMap((key) => (file[key] === undefined ? [] : [[key, { message }]]));
  }
  if (stats !== undefined || file.optional === true) return [];
  const what = 'a file or folder of this machine';
  return [
    ['source', isPattern(source) ? await unmatched(source, file.exclude ?? [], spec) : missing(source, spec, what)],
  ];
}

async function unmatched(source: string, exclude: readonly string[], spec: Spec): Promise<Found> {
  const { globOf, readGlob } = await import('./assemble/source-tree.ts');
  const glob = globOf(globPath(source, spec.origin.folder));
  try {
    if ((await readGlob(glob, exclude, new AbortController().signal)).length > 0) return undefined;
  } catch (error) {
    if (error instanceof TskitError) return { message: error.message };
    if (errnoOf(error) === undefined) throw error;
  }
  return { message: `expected files that match in "${glob.folder}", found none` };
}

function sections(spec: Spec): readonly (readonly [string, Spec['services']])[] {
  return [
    ['onboot', spec.onboot],
    ['onshutdown', spec.onshutdown],
    ['services', spec.services],
  ];
}

function references(spec: Spec): readonly (readonly [Path, string])[] {
  const kernel = spec.kernel?.image;
  return [
    ...(kernel === undefined ? [] : [[['kernel', 'image'], kernel] as const]),
    ...spec.init.map((image, index) => [['init', index], image] as const),
    ...spec.volumes.flatMap(({ image }, index) =>
      image === undefined ? [] : [[['volumes', index, 'image'], image] as const],
    ),
    ...sections(spec).flatMap(([section, entries]) =>
      entries.map(({ image }, index) => [[section, index, 'image'], image] as const),
    ),
  ];
}

async function checkReference(text: string, spec: Spec): Promise<Found> {
  try {
    const reference = parseReference(text);
    if (reference.kind === 'recipe') {
      const { readRecipeFolder } = await import('./packages/folder.ts');
      readRecipeFolder(reference.name, spec.origin.folder);
    }
    return 'path' in reference ? missing(reference.path, spec, 'an image') : undefined;
  } catch (error) {
    if (!(error instanceof TskitError)) throw error;
    return { message: error.message, ...(error.hint !== undefined && { suggestion: error.hint }) };
  }
}

/** `path` is as the spec has it. */
function missing(path: string, spec: Spec, what: string): Found {
  const file = sourcePath(path, spec.origin.folder);
  if (statSync(file, { throwIfNoEntry: false }) !== undefined) return undefined;
  return { message: `expected ${what} at "${file}", found nothing` };
}
