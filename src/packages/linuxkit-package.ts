// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash } from 'node:crypto';
import { dirname, isAbsolute, join } from 'node:path';
import { TskitError } from '../errors.ts';
import { plainValue } from '../spec/document.ts';
import { readValid } from '../spec/read-valid.ts';
import { buildYmlSchema } from './build-yml-schema.ts';
import { validateBuildYml } from './generated/validate-build-yml.js';
import { GitFolder } from './git.ts';

/** What of a build.yml makes the image and its name. */
export interface BuildYml {
  readonly image: string;
  readonly org?: string | null;
  readonly tag?: string | null;
  readonly 'extra-sources'?: readonly string[] | null;
  readonly dockerfile?: string | null;
  readonly network?: boolean | null;
  readonly buildArgs?: readonly string[] | null;
  /** Settings of the container, for the label of the image. */
  readonly config?: object | null;
}

const defaultOrg = 'linuxkit';
const hashTemplate = '{{.Hash}}';

/**
 * The image of a LinuxKit package, ORG/IMAGE:TAG, as `linuxkit pkg show-tag` names it (LinuxKit pkglib/pkglib.go,
 * NewFromConfig): unless build.yml has a tag of its own it is the hash of the folder in git, with "-dirty-" and a hash of the
 * files when those differ. Throws `spec` for a mistake in build.yml, `package` and `io`.
 */
export function linuxkitImage(text: string, file: string): string {
  return linuxkitPackage(text, file).image;
}

/** The same with what build.yml says of the build. */
export function linuxkitPackage(text: string, file: string): { readonly image: string; readonly settings: BuildYml } {
  const root = readValid(text, {
    subject: 'a build.yml',
    file,
    reference: 'docs/spec.md',
    schema: buildYmlSchema,
    validate: validateBuildYml,
    check: () => [],
  });
  const settings = plainValue(root, 'number') as BuildYml;
  const { image, org, tag, 'extra-sources': sources } = settings;
  const template = tag === null || tag === undefined || tag === '' ? hashTemplate : tag;
  const made = template.replaceAll(/\{\{-?\s*\.Hash\s*-?\}\}/g, () => packageHash(dirname(file), sources ?? []));
  if (made.includes('{{')) {
    throw new TskitError('spec', `"${file}": tag: expected a text with "${hashTemplate}" at most, found "${tag}"`);
  }
  return { image: `${org ?? defaultOrg}/${image}:${made === '' ? 'latest' : made}`, settings };
}

/** Empty outside of git, where LinuxKit has no hash either. */
function packageHash(folder: string, sources: readonly string[]): string {
  const extra = sources.map((source) => {
    const [path = ''] = source.split(':');
    const place = isAbsolute(path) ? path : join(folder, path);
    const git = GitFolder.open(place);
    if (git !== undefined) return git.treeHash();
    throw new TskitError('package', `extra-sources "${source}": expected a folder in a git work tree, found none`);
  });
  const git = GitFolder.open(folder);
  if (git === undefined) return '';
  const own = git.treeHash();
  const hash =
    extra.length === 0
      ? own
      : createHash('sha1')
          .update([own, ...extra].join(''))
          .digest('hex');
  return git.isDirty() ? `${hash}-dirty-${git.contentHash().slice(0, 7)}` : hash;
}
