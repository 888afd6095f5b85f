// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { FlattenedImage } from '../../src/flatten.ts';
import { settingsLabel } from '../../src/spec/label.ts';
import { stringifyJson } from '../../src/json.ts';
import type { Digest, ImageConfig } from '../../src/oci/types.ts';
import type { ImageSettings } from '../../src/spec/types.ts';

/** An image of which only the config matters, with settings in its label. */
export function flattenedStub(
  config: NonNullable<ImageConfig['config']> = {},
  label: ImageSettings = {},
): FlattenedImage {
  const labels = Object.keys(label).length === 0 ? {} : { Labels: { [settingsLabel]: stringifyJson(label) } };
  return {
    reference: 'x',
    digest: `sha256:${'a'.repeat(64)}` as Digest,
    config: {
      os: 'linux',
      architecture: 'amd64',
      config: { ...config, ...labels },
      rootfs: { type: 'layers', diff_ids: [] },
    },
    tree: { key: 'x', label: 'x', load: () => Promise.reject(new Error('nobody needs the tree')) },
  };
}
