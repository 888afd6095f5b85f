// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { TskitError } from './errors.ts';
import { parseReference } from './oci/reference.ts';
import { formatPath, type Path } from './spec/document.ts';
import type { Problem } from './spec/spec-error.ts';
import type { Spec } from './spec/types.ts';

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
  for (const [index, { source, optional }] of spec.files.entries()) {
    if (source !== undefined && optional !== true) {
      report(['files', index, 'source'], missing(source, spec, 'a file of this machine'));
    }
  }
  return problems;
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
  const file = path.startsWith('~/') ? resolve(homedir(), path.slice(2)) : resolve(spec.origin.folder, path);
  if (statSync(file, { throwIfNoEntry: false }) !== undefined) return undefined;
  return { message: `expected ${what} at "${file}", found nothing` };
}
