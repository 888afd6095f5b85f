// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { FlattenedImage } from '../flatten.ts';
import { inContext } from '../oci/error-context.ts';
import { parseLabel, settingsLabel } from '../spec/label.ts';
import { mergeSettings } from '../spec/merge.ts';
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

/** Runs what concerns one entry; what it throws names the entry. */
export function inEntry<T>(section: Section, index: number, entry: ImageSpec, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw entryError(section, index, entry, error);
  }
}

/** The error, naming the entry. */
export function entryError(section: Section, index: number, entry: ImageSpec, error: unknown): unknown {
  return inContext(`assembling ${section}[${index}] "${entry.name}" of image "${entry.image}"`, error);
}
