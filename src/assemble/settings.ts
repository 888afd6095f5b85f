// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../errors.ts';
import type { FlattenedImage } from '../flatten.ts';
import { inContext } from '../oci/error-context.ts';
import type { Path } from '../spec/document.ts';
import { parseLabel, settingsLabel } from '../spec/label.ts';
import { mergeSettings } from '../spec/merge.ts';
import type { Origin } from '../spec/origin.ts';
import { formatPlace } from '../spec/texts.ts';
import type { ImageSettings, ImageSpec } from '../spec/types.ts';
import { withProtectedPaths } from './protected-paths.ts';

/** Where in the spec containers are listed, in the order in which ids are allocated. */
export const sections = ['onboot', 'onshutdown', 'services'] as const;
export type Section = (typeof sections)[number];

/**
 * What a container gets: its entry over its image's label. What runs once at boot or shutdown is there to change the system, so
 * only services have paths kept from them.
 */
export function settingsOf(section: Section, entry: ImageSpec, image: FlattenedImage): ImageSettings {
  const settings = mergeSettings(labelOf(image), entry);
  return section === 'services' ? withProtectedPaths(settings) : settings;
}

/** An image's label is read once, however often its entries are looked at. */
const labels = new WeakMap<FlattenedImage, ImageSettings>();

function labelOf(image: FlattenedImage): ImageSettings {
  const text = image.config.config?.Labels?.[settingsLabel];
  const settings = labels.get(image) ?? (text === undefined ? {} : parseLabel(text, image.reference));
  labels.set(image, settings);
  return settings;
}

/** Runs what concerns one entry; what it throws names the entry and its place in the spec. */
export function inEntry<T>(
  origin: Origin | undefined,
  section: Section,
  index: number,
  entry: ImageSpec,
  run: () => T,
): T {
  try {
    return run();
  } catch (error) {
    throw entryError(origin, section, index, entry, error);
  }
}

/** The error, naming the entry and where it is: the line of the setting that the error is about, where the spec has it. */
export function entryError(
  origin: Origin | undefined,
  section: Section,
  index: number,
  entry: ImageSpec,
  error: unknown,
): unknown {
  const about = error instanceof TskitError ? settingPath(entry, error.message) : [];
  const place = origin?.place([section, index, ...about]);
  const where = place === undefined ? '' : `${formatPlace(place)}: `;
  return inContext(`${where}assembling ${section}[${index}] "${entry.name}" of image "${entry.image}"`, error);
}

/** Way to the setting whose name a message begins with ("healthcheck.test: expected …"), as far as the entry has it. */
function settingPath(entry: ImageSpec, message: string): Path {
  const names = /^[A-Za-z_]+(?:\.[A-Za-z_]+)*/.exec(message)?.[0].split('.') ?? [];
  const path: string[] = [];
  let value: unknown = entry;
  for (const name of names) {
    const next = (Object(value) as Readonly<Record<string, unknown>>)[name];
    if (next === undefined) break;
    path.push(name);
    value = next;
  }
  return path;
}
