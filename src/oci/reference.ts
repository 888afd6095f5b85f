// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../errors.ts';
import { isDigest } from './digest.ts';
import type { Digest } from './types.ts';

/** An image in a registry. */
export interface RegistryReference {
  readonly kind: 'registry';
  /** Host with port, as in "localhost:5000"; "docker.io" for Docker Hub. */
  readonly registry: string;
  /** Path of the repository, "library/" of Docker Hub's own images included. */
  readonly repository: string;
  /** "latest" when the user gave neither tag nor digest. */
  readonly tag?: string;
  readonly digest?: Digest;
}

/** An OCI layout in a folder, or a tar of an OCI layout, or what `docker save` writes. */
export interface LocalReference {
  readonly kind: 'oci' | 'oci-archive' | 'docker-archive';
  /** As written; relative paths start from the spec's folder. */
  readonly path: string;
  /** Which image of it; absent when it holds one. */
  readonly tag?: string;
}

/** An image that is made from a recipe: a name of a shipped one, or a path ("./mine"). */
export interface RecipeReference {
  readonly kind: 'recipe';
  readonly name: string;
}

export type Reference = RegistryReference | LocalReference | RecipeReference;

export const defaultRegistry = 'docker.io';

const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const pathComponent = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/;
const hostPattern =
  /^(?:(?:[A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9])(?:\.(?:[A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9]))*|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?$/;
const nameLimit = 255;

/**
 * Reads a reference as Docker's users write it (the grammar of distribution/reference: default registry and tag, digests,
 * ports), or one of `oci:DIR[:TAG]`, `oci-archive:FILE[:TAG]`, `docker-archive:FILE[:TAG]`, `pkg:NAME`, `pkg:./PATH`.
 * Throws `reference` with the position of what is wrong and an example.
 */
export function parseReference(text: string): Reference {
  const scheme = /^(oci|oci-archive|docker-archive|pkg|docker):/.exec(text)?.[1];
  switch (scheme) {
    case 'oci':
    case 'oci-archive':
    case 'docker-archive':
      return parseLocal(text, scheme);
    case 'pkg':
      return parseRecipe(text);
    case 'docker':
      // `docker://HOST/NAME` is how skopeo's users write it; "docker:27" is the image of that name.
      return text.startsWith('docker://') ? parseRegistry(text, 'docker://'.length) : parseRegistry(text, 0);
    default:
      return parseRegistry(text, 0);
  }
}

/** The canonical text: equal for references that mean the same, and read back to the same reference. */
export function formatReference(reference: Reference): string {
  switch (reference.kind) {
    case 'registry': {
      const tag = reference.tag === undefined ? '' : `:${reference.tag}`;
      const digest = reference.digest === undefined ? '' : `@${reference.digest}`;
      return `${reference.registry}/${reference.repository}${tag}${digest}`;
    }
    case 'recipe':
      return `pkg:${reference.name}`;
    default:
      return `${reference.kind}:${reference.path}${reference.tag === undefined ? '' : `:${reference.tag}`}`;
  }
}

/** As skopeo reads it: the first colon after the scheme ends the path, so that a tag may be a whole reference. */
function parseLocal(text: string, kind: LocalReference['kind']): LocalReference {
  const start = kind.length + 1;
  const colon = text.indexOf(':', start);
  const path = text.slice(start, colon === -1 ? undefined : colon);
  const example = kind === 'oci' ? 'oci:images/web:1.0' : `${kind}:web.tar`;
  if (path === '') {
    throw invalid(text, start, `a ${kind === 'oci' ? 'folder' : 'file'}`, example);
  }
  if (text.includes('\0')) {
    throw invalid(text, text.indexOf('\0'), 'a path without NUL', example);
  }
  if (colon === -1) {
    return { kind, path };
  }
  const tag = text.slice(colon + 1);
  if (tag === '') {
    throw invalid(text, colon + 1, 'a tag after the colon', example);
  }
  return { kind, path, tag };
}

function parseRecipe(text: string): RecipeReference {
  const start = 'pkg:'.length;
  const name = text.slice(start);
  const isPath = name.startsWith('./') || name.startsWith('../') || name.startsWith('/');
  const wrong = isPath ? name.indexOf('\0') : name.search(/[^a-z0-9._-]|^[^a-z0-9]/);
  if (name === '' || wrong !== -1) {
    const expected =
      'the name of a recipe (lower-case letters, digits, ".", "_" and "-") or a path that begins with "./"';
    throw invalid(text, start + Math.max(wrong, 0), expected, 'pkg:nginx');
  }
  return { kind: 'recipe', name };
}

function parseRegistry(text: string, start: number): RegistryReference {
  const at = text.indexOf('@', start);
  const digest = at === -1 ? undefined : parseDigestPart(text, at + 1);
  const nameEnd = at === -1 ? text.length : at;
  const slash = text.lastIndexOf('/', nameEnd - 1);
  const colon = text.indexOf(':', Math.max(slash, start - 1) + 1);
  const hasTag = colon !== -1 && colon < nameEnd;
  const tag = hasTag ? parseTag(text, colon + 1, nameEnd) : undefined;
  const { registry, repository } = parseName(text, start, hasTag ? colon : nameEnd);
  const named = { kind: 'registry', registry, repository } as const;
  if (digest === undefined) {
    return { ...named, tag: tag ?? 'latest' };
  }
  return tag === undefined ? { ...named, digest } : { ...named, tag, digest };
}

function parseName(text: string, start: number, end: number): { registry: string; repository: string } {
  const name = text.slice(start, end);
  if (name === '') {
    throw invalid(text, start, 'the name of an image', 'nginx:1.25');
  }
  if (/^[0-9a-f]{64}$/.test(name)) {
    throw invalid(text, start, 'a name, and 64 hex digits are an image id', 'nginx@sha256:…');
  }
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(slash, 0));
  // Docker's rule: the first part is a host when it could not be a part of a repository's name.
  const hasHost = first === 'localhost' || /[.:]/.test(first) || first !== first.toLowerCase();
  if (!hasHost) {
    checkRepository(text, start, name);
    return { registry: defaultRegistry, repository: slash === -1 ? `library/${name}` : name };
  }
  if (!hostPattern.test(first)) {
    throw invalid(text, start, 'a registry as host[:port]', 'localhost:5000/web:1.0');
  }
  const rest = name.slice(slash + 1);
  checkRepository(text, start + slash + 1, rest);
  const registry = first === 'index.docker.io' ? defaultRegistry : first;
  const isHub = registry === defaultRegistry && !rest.includes('/');
  return { registry, repository: isHub ? `library/${rest}` : rest };
}

function checkRepository(text: string, start: number, repository: string): void {
  let position = start;
  for (const component of repository.split('/')) {
    if (!pathComponent.test(component)) {
      throw invalid(text, position + wrongOffset(component), wrongReason(component), 'ghcr.io/acme/web:1.0');
    }
    position += component.length + 1;
  }
  if (repository.length > nameLimit) {
    throw invalid(text, start + nameLimit, `a name of at most ${nameLimit} characters`, 'ghcr.io/acme/web:1.0');
  }
}

/** Where a path component stops being one: its longest valid beginning ends there. */
function wrongOffset(component: string): number {
  const odd = component.search(/[^a-z0-9._-]/);
  if (odd !== -1) {
    return odd;
  }
  const valid = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*/.exec(component);
  return valid === null ? 0 : valid[0].length;
}

function wrongReason(component: string): string {
  if (component === '') {
    return 'a part of a name between slashes';
  }
  return /[A-Z]/.test(component)
    ? 'lower-case letters in the name of a repository'
    : 'lower-case letters and digits, with ".", "_", "__" or "-" between them';
}

function parseTag(text: string, start: number, end: number): string {
  const tag = text.slice(start, end);
  if (!tagPattern.test(tag)) {
    const odd = tag.search(/[^A-Za-z0-9_.-]/);
    const expected = 'a tag of at most 128 letters, digits, "_", "." and "-" that begins with a letter, a digit or "_"';
    throw invalid(text, start + Math.max(odd, 0), expected, 'nginx:1.25');
  }
  return tag;
}

function parseDigestPart(text: string, start: number): Digest {
  const digest = text.slice(start);
  if (!isDigest(digest)) {
    throw invalid(
      text,
      start,
      '"sha256:" and 64 lower-case hex digits',
      `nginx@sha256:${'0123456789abcdef'.repeat(4)}`,
    );
  }
  return digest;
}

function invalid(text: string, position: number, expected: string, example: string): TskitError {
  const found = position >= text.length ? 'the end' : `"${text.slice(position, position + 20)}"`;
  return new TskitError(
    'reference',
    `image reference "${text}": at character ${position + 1}: expected ${expected}, found ${found}`,
    { hint: `write it like ${example}` },
  );
}
