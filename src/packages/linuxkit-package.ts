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

/** What of a build.yml makes the name of its image. */
interface BuildYml {
  readonly image: string;
  readonly org?: string;
  readonly tag?: string;
  readonly 'extra-sources'?: readonly string[];
}

const defaultOrg = 'linuxkit';
const hashTemplate = '{{.Hash}}';

/**
 * The image of a LinuxKit package, ORG/IMAGE:TAG, as `linuxkit pkg show-tag` names it (LinuxKit pkglib/pkglib.go,
 * NewFromConfig): unless build.yml has a tag of its own it is the hash of the folder in git, with "-dirty-" and a hash of the
 * files when those differ. Throws `spec` for a mistake in build.yml, `package` and `io`.
 */
export function linuxkitImage(text: string, file: string): string {
  const root = readValid(text, {
    subject: 'a build.yml',
    file,
    reference: 'docs/spec.md',
    schema: buildYmlSchema,
    validate: validateBuildYml,
    check: () => [],
  });
  const { image, org = defaultOrg, tag, 'extra-sources': sources = [] } = plainValue(root, 'number') as BuildYml;
  const template = tag === undefined || tag === '' ? hashTemplate : tag;
  const made = template.replaceAll(/\{\{-?\s*\.Hash\s*-?\}\}/g, () => packageHash(dirname(file), sources));
  if (made.includes('{{')) {
    throw new TskitError('spec', `"${file}": tag: expected a text with "${hashTemplate}" at most, found "${tag}"`);
  }
  return `${org}/${image}:${made === '' ? 'latest' : made}`;
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
