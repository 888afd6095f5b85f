// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { platformShape, volumeNameShape } from './check-values.ts';
import { closedMap, ref, type SchemaNode, strings } from './schema-node.ts';

/** An entry of `volumes`. */
export const volume: SchemaNode = closedMap(
  {
    name: {
      type: 'string',
      description: 'Name of the volume, which binds and mounts of containers have as their source.',
      pattern: volumeNameShape.source,
      'x-expected': 'a name of lower-case letters, digits, "_" and "-"',
    },
    image: ref('image', {
      description: 'Image that the volume holds.',
      'x-default': 'none: the volume is empty',
    }),
    readonly: {
      type: 'boolean',
      description:
        'Nothing can write to the volume, whoever mounts it; binds of it need the option "ro". Otherwise writes go to memory, and all containers see them.',
      'x-default': 'false',
      'x-linuxkit': 'LinuxKit mounts it writable all the same, and only the bind is read-only.',
      'x-also': ['read_only'],
    },
    format: {
      type: 'string',
      description:
        '"filesystem" is the tree of the image; "oci" is the image as it is in a registry, as an OCI image layout.',
      enum: ['filesystem', 'oci'],
      'x-expected': '"filesystem" or "oci"',
      'x-default': '"filesystem"',
    },
    platforms: strings(
      {
        description: 'Platforms of the image that an OCI image layout holds, such as "linux/amd64".',
        'x-expected': 'a list of platforms',
        'x-default': 'all that the image has',
        'x-also': ['platform'],
      },
      { pattern: platformShape.source, 'x-expected': 'a platform such as "linux/amd64" or "linux/arm/v7"' },
    ),
  },
  {
    required: ['name'],
    'x-called': 'a volume',
    description:
      'A folder that containers share: empty, the tree of an image, or an image as an OCI image layout. It lies in /containers/volumes.',
    'x-expected': 'a volume: a map with name, image, readonly, format and platforms',
  },
);
