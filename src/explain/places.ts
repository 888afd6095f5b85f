// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Digest } from '../oci/types.ts';
import type { PulledImage } from '../pull.ts';
import { formatPath, type Path } from '../spec/document.ts';
import type { Place } from '../spec/texts.ts';
import type { Spec } from '../spec/types.ts';

/** An entry of a spec by its path and, where a file has it, its line. */
export interface PlacedEntry {
  readonly entry: string;
  readonly place?: Place;
}

/** With its line. */
export function placed(spec: Spec, path: Path): PlacedEntry {
  const place = spec.origin.place(path);
  return { entry: formatPath(path), ...(place && { place }) };
}

/** Every entry of a spec that names an image of this digest. */
export function placesOfImage(spec: Spec, images: readonly PulledImage[], digest: Digest): readonly PlacedEntry[] {
  const references = new Set(images.filter((image) => image.digest === digest).map(({ reference }) => reference));
  const paths: Path[] = [];
  if (spec.kernel !== undefined && references.has(spec.kernel.image)) paths.push(['kernel', 'image']);
  spec.init.forEach((reference, index) => {
    if (references.has(reference)) paths.push(['init', index]);
  });
  for (const section of ['onboot', 'onshutdown', 'services'] as const) {
    spec[section].forEach(({ image }, index) => {
      if (references.has(image)) paths.push([section, index]);
    });
  }
  spec.volumes.forEach(({ image }, index) => {
    if (image !== undefined && references.has(image)) paths.push(['volumes', index]);
  });
  return paths.map((path) => placed(spec, path));
}

/** "os.yml:14" or, where no file has the entry, its path. */
export function placeText({ entry, place }: PlacedEntry): string {
  return place === undefined ? entry : `${place.file}:${place.line}`;
}
