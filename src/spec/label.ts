// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { builtValue } from './built-value.ts';
import { checkLabel } from './checks.ts';
import { plainValue } from './document.ts';
import { labelSchema } from './generated/spec-schema.js';
import { validateLabel } from './generated/validate.js';
import { readValid } from './read-valid.ts';
import type { ImageSettings } from './types.ts';

/** The image label that brings a container's settings (LinuxKit docs/yaml.md, Image specification). */
export const settingsLabel = 'org.mobyproject.config';

/**
 * Parses the text of the label `org.mobyproject.config`, JSON or YAML, of the image `reference`: the settings of a container
 * without name and image. An empty label sets nothing.
 *
 * @throws TskitError 'spec' that lists every mistake and names image and label
 */
export function parseLabel(text: string, reference: string): ImageSettings {
  if (text.trim() === '') return {};
  const file = `label ${settingsLabel} of image ${JSON.stringify(reference)}`;
  const root = readValid(text, {
    subject: 'a label',
    file,
    schema: labelSchema(),
    validate: validateLabel,
    check: checkLabel,
  });
  return builtValue(plainValue(root, 'exact'), labelSchema()) as ImageSettings;
}
