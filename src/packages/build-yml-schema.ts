// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { closedMap, type SchemaNode, strings } from '../spec/schema-node.ts';
import { settings } from '../spec/schema-container.ts';

function text(description: string): SchemaNode {
  return { type: 'string', description };
}

function flag(description: string): SchemaNode {
  return { type: 'boolean', description };
}

/** A setting of the label that the built image gets: it has no part in the image's name, and the label is checked when it is used. */
const setting: SchemaNode = { type: ['object', 'array', 'string', 'integer', 'boolean', 'null'] };

/**
 * A LinuxKit package's build.yml (LinuxKit docs/packages.md, Package source): every key that LinuxKit knows, so that another
 * one is a mistake. Of most only that they are there counts, since the image is built by LinuxKit.
 */
export const buildYmlSchema: SchemaNode = closedMap(
  {
    image: { ...text('Name of the image.'), pattern: '\\S', 'x-expected': 'the name of an image' },
    org: text('Organisation of the registry.'),
    tag: text('Tag, "{{.Hash}}" for the hash of the sources.'),
    dockerfile: text('File to build with.'),
    arches: strings({ description: 'Architectures.' }),
    'extra-sources': strings(
      { description: 'Folders outside of the package that are built too.' },
      { pattern: '^[^:]+:[^:]+$', 'x-expected': 'folders as "source:destination"' },
    ),
    gitrepo: text('Where the sources are kept.'),
    network: flag('The build may use the network.'),
    'disable-cache': flag('The build uses no cache.'),
    config: closedMap(Object.fromEntries(Object.keys(settings).map((key) => [key, setting])), {
      type: ['object', 'null'],
      description: 'Settings of the container, for the label of the image.',
      'x-called': 'config',
      'x-expected': 'a map of container settings',
    }),
    buildArgs: strings({ description: 'Arguments of the build.' }),
    depends: closedMap(
      {
        'docker-images': closedMap(
          {
            'target-dir': text('Folder for the images.'),
            target: text('File for the images.'),
            'from-file': text('List of the images.'),
            list: strings({ description: 'Images.' }),
          },
          { 'x-expected': 'a map with list or from-file, and target or target-dir' },
        ),
      },
      { 'x-expected': 'a map with docker-images' },
    ),
  },
  {
    title: 'build.yml',
    required: ['image'],
    'x-called': 'build.yml',
    'x-expected': 'a map with image, org, tag and others',
  },
);
