// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { imagePath } from '../assemble/bundle.ts';
import { bundlePath } from '../assemble/bundle-path.ts';
import type { Section } from '../assemble/settings.ts';
import type { Container } from '../assemble/users.ts';
import { bytesOf, type Bytes } from '../file-tree.ts';
import type { FlattenedSpec } from '../flatten.ts';
import type { ImageSpec } from '../spec/types.ts';

/** What is asked for. */
export type Query =
  | { readonly kind: 'file'; readonly root: Bytes; readonly path: string; readonly container?: Container }
  | { readonly kind: 'setting'; readonly containers: readonly Container[]; readonly setting: string | undefined }
  | { readonly kind: 'kernel' | 'watchdog'; readonly setting: string | undefined }
  /** No container has this name. */
  | { readonly kind: 'unknown'; readonly word: string; readonly known: readonly string[] };

/**
 * Understands PATH: "/etc/hosts" is a file of the system, "web:/etc/hosts" one that container web sees, "web",
 * "web.capabilities" and "services.web.capabilities" are settings, and so are "kernel.cmdline" and, where no
 * container has that name, "watchdog.timeout".
 */
export function parseQuery(text: string, flattened: FlattenedSpec): Query {
  const containers = containersOf(flattened);
  if (text.startsWith('/')) return fileQuery(text, containers);
  const colon = text.indexOf(':/');
  if (colon > 0) {
    const named = choose(text.slice(0, colon), containers);
    const [container] = named?.containers ?? [];
    if (container === undefined || named?.rest !== undefined) return unknown(text.slice(0, colon), containers);
    return { kind: 'file', root: rootOf(container), path: text.slice(colon + 1), container };
  }
  if (text === 'kernel' || text.startsWith('kernel.'))
    return { kind: 'kernel', setting: text.slice('kernel.'.length) || undefined };
  const chosen = choose(text, containers);
  if (chosen === undefined && /^watchdog(\.|$)/.test(text))
    return { kind: 'watchdog', setting: text.slice('watchdog.'.length) || undefined };
  if (chosen === undefined) return unknown(text, containers);
  return { kind: 'setting', containers: chosen.containers, setting: chosen.rest };
}

/** All containers of a spec, in order. */
export function containersOf({ spec, images }: FlattenedSpec): readonly Container[] {
  return (['onboot', 'onshutdown', 'services'] as const).flatMap((section) =>
    spec[section].flatMap((entry, index) => {
      const image = images.get(entry.image);
      return image === undefined ? [] : [{ section, index, entry, image }];
    }),
  );
}

/** A path below a bundle's root is one of the image: the root is empty until the container starts. */
function fileQuery(path: string, containers: readonly Container[]): Query {
  for (const container of containers) {
    const { section, index, entry } = container;
    const root = `${bundlePath(section, index, entry.name)}/rootfs`;
    if (path.startsWith(`${root}/`)) {
      return { kind: 'file', root: rootOf(container), path: path.slice(root.length), container };
    }
  }
  return { kind: 'file', root: '' as Bytes, path };
}

function rootOf({ image }: Container): Bytes {
  return bytesOf(imagePath(image.digest).slice(1));
}

/** Containers by "web", "services.web" or "services[0]", and what stands behind that. Names may have dots: the longest fits. */
function choose(
  text: string,
  containers: readonly Container[],
): { readonly containers: readonly Container[]; readonly rest: string | undefined } | undefined {
  const names = containers.flatMap(({ section, index, entry }) => namesOf(section, index, entry));
  const fitting = names.filter((name) => text === name || text.startsWith(`${name}.`));
  const name = fitting.sort((a, b) => b.length - a.length)[0];
  if (name === undefined) return undefined;
  const named = containers.filter(({ section, index, entry }) => namesOf(section, index, entry).includes(name));
  return { containers: named, rest: text.slice(name.length + 1) || undefined };
}

function namesOf(section: Section, index: number, { name }: ImageSpec): readonly string[] {
  return [name, `${section}.${name}`, `${section}[${index}]`];
}

function unknown(word: string, containers: readonly Container[]): Query {
  return { kind: 'unknown', word, known: [...new Set(containers.map(({ entry }) => entry.name)), 'kernel'] };
}
