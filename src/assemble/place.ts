// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Path } from '../spec/document.ts';
import { formatPlace } from '../spec/texts.ts';
import type { Spec } from '../spec/types.ts';

/** "os.yml:3:5: " for a message about what stands there; empty for what is in no file, but in a label. */
export function placeIn(spec: Spec, path: Path): string {
  const place = spec.origin.place(path);
  return place === undefined ? '' : `${formatPlace(place)}: `;
}
