// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { existsSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { TskitError } from '../errors.ts';
import { linuxkitImage } from './linuxkit-package.ts';

/**
 * The image reference that `@pkg:PATH` in a spec of `folder` stands for: of a LinuxKit package, a folder with build.yml, the tag
 * that LinuxKit gives it; of a recipe, a folder with recipe.yml, `pkg:./PATH`. The path starts from the spec's folder even with a
 * slash before it, as in LinuxKit. Throws a TskitError that names the template.
 */
export function resolveTemplate(path: string, folder: string): string {
  const place = join(folder, path);
  const act = `template "@pkg:${path}"`;
  try {
    const buildYml = join(place, 'build.yml');
    if (existsSync(buildYml)) return linuxkitImage(readFileSync(buildYml, 'utf8'), buildYml);
    if (existsSync(join(place, 'recipe.yml'))) return `pkg:${recipePath(path)}`;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TskitError('spec', `${act}: ${reason}`, {
      ...(error instanceof TskitError && error.code !== 'spec' && error.hint !== undefined && { hint: error.hint }),
      cause: error,
    });
  }
  throw new TskitError('spec', `${act}: expected build.yml or recipe.yml in "${place}", found neither`);
}

/** A recipe's path is told from the name of a shipped one by its start. */
function recipePath(path: string): string {
  const relative = normalize(`./${path}`).replace(/\/$/, '');
  return relative.startsWith('../') ? relative : `./${relative}`;
}
