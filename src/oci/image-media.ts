// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../errors.ts';
import { type Descriptor, mediaTypes } from './types.ts';

/** Layers that can be read: OCI image-spec layer.md and Docker's schema 2. The bytes themselves tell how they are compressed. */
const layerTypes: ReadonlySet<string> = new Set([
  mediaTypes.ociLayer,
  mediaTypes.ociLayerGzip,
  mediaTypes.ociLayerZstd,
  'application/vnd.oci.image.layer.nondistributable.v1.tar',
  'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
  'application/vnd.oci.image.layer.nondistributable.v1.tar+zstd',
  mediaTypes.dockerLayerGzip,
  'application/vnd.docker.image.rootfs.diff.tar',
  'application/vnd.docker.image.rootfs.diff.tar.zstd',
  'application/vnd.docker.image.rootfs.foreign.diff.tar',
  'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
]);

/** Throws `layer` for a layer that cannot be read: encrypted, or of an unknown type. */
export function checkLayerType(layer: Descriptor): void {
  if (layerTypes.has(layer.mediaType)) {
    return;
  }
  if (layer.mediaType.endsWith('+encrypted')) {
    throw new TskitError('layer', `layer ${layer.digest}: expected a plain layer, found an encrypted one`, {
      hint: 'decrypt the image first, for example with `skopeo copy --decryption-key`',
    });
  }
  throw new TskitError(
    'layer',
    `layer ${layer.digest}: expected a tar, plain or compressed with gzip or zstd, found "${layer.mediaType}"`,
    { hint: 'this may be an artifact, not a container image' },
  );
}

/** Throws `manifest` when a manifest describes something else than a container image, such as a chart or a signature. */
export function checkConfigType(config: Descriptor): void {
  if (config.mediaType !== mediaTypes.ociConfig && config.mediaType !== mediaTypes.dockerConfig) {
    throw new TskitError('manifest', `expected a container image, found an artifact with a "${config.mediaType}"`);
  }
}
