// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { settings } from './schema-container.ts';
import { disk, partition } from './schema-disk.ts';
import { healthcheck } from './schema-health.ts';
import { kernel } from './schema-kernel.ts';
import { mountDefinitions } from './schema-mounts.ts';
import { closedMap, ref, reference, refused, type SchemaNode, strings } from './schema-node.ts';
import { resourceDefinitions } from './schema-resources.ts';
import { root } from './schema-root.ts';
import { runtimeDefinitions } from './schema-runtime.ts';
import { secretDefinitions, secretSources } from './schema-secrets.ts';
import { entryNameShape, sectionKeys, supervisionDefinitions } from './schema-supervision.ts';
import { volume } from './schema-volume.ts';
import { secureboot } from './schema-secureboot.ts';
import { watchdog } from './schema-watchdog.ts';

const name: SchemaNode = {
  type: 'string',
  description: "Name of the container, of its folder and its log; services' names are unique.",
  pattern: entryNameShape.source,
  'x-expected':
    'a name of at most 100 letters, digits, "_", ".", "+" and "-" that starts with a letter, a digit or "_"',
};

const image: SchemaNode = { ...reference, description: 'Image whose tree is the root file system.' };

/** What an entry may have in every section. */
const settingRefs = Object.fromEntries([...Object.keys(settings), 'secrets'].map((key) => [key, ref(key)]));

function entry(own: keyof typeof sectionKeys, description: string): SchemaNode {
  return closedMap(
    { name: ref('name'), image: ref('image'), ...settingRefs, ...sectionKeys[own] },
    {
      required: ['name', 'image'],
      'x-called': 'a container',
      description,
      'x-expected': 'a container: a map with name, image and settings',
    },
  );
}

/** `formerly` is the section's name in files of 2017. */
function section(definition: string, description: string, formerly?: string): SchemaNode {
  return {
    type: ['array', 'null'],
    items: ref(definition),
    description,
    'x-expected': 'a list of containers',
    'x-default': 'none',
    ...(formerly === undefined ? {} : { 'x-also': [formerly] }),
  };
}

const owner: SchemaNode = {
  type: ['integer', 'string'],
  minimum: 0,
  maximum: 4_294_967_294,
  'x-default': '0',
  'x-expected': 'a number from 0 to 4294967294, "root" or the name of a container',
};

const file: SchemaNode = closedMap(
  {
    path: {
      type: 'string',
      description:
        'Where the file goes, from /. Folders that are missing are made. For a source that is a folder or a glob: the folder where its entries go, which may be / itself.',
      pattern: '\\S',
      'x-expected': 'a path',
      'x-linuxkit':
        'Folders are made 0755, owned by root; LinuxKit derives their mode and owner from the file and also changes folders that exist.',
    },
    contents: { type: 'string', description: 'Content of the file.', 'x-also': ['content'] },
    source: {
      type: 'string',
      description:
        'File on the build machine to copy, or a folder with everything in it, or a glob (`*`, `?`, `[a-z]`, `**` for any number of folders) where no file has that very name; from the folder of the spec, ~/ is the home folder.',
      pattern: '\\S',
      'x-expected': 'the path of a file or folder, or a glob',
      'x-linuxkit': 'LinuxKit starts from the folder where the command runs, and takes single files only.',
    },
    metadata: {
      type: 'string',
      description: 'The spec itself as content, "yaml" or "json".',
      enum: ['yaml', 'json'],
      'x-expected': '"yaml" or "json"',
    },
    symlink: {
      type: 'string',
      description: 'Target of a symbolic link.',
      pattern: '\\S',
      'x-expected': 'the target of a link',
      'x-also': ['link', 'target'],
    },
    directory: { type: 'boolean', description: 'Make a folder.', 'x-default': 'false' },
    optional: {
      type: 'boolean',
      description: 'Leave the file out when the source cannot be read or a glob matches nothing.',
      'x-default': 'false',
    },
    exclude: strings(
      {
        description:
          'What a source that is a folder or a glob leaves out: patterns as in a .gitignore at the top of the folder ("*.o", "/build/", "!keep.o").',
        'x-default': 'none',
        'x-expected': 'a list of patterns such as "*.o" or "/build/"',
        'x-also': ['ignore', 'excludes'],
      },
      { pattern: '\\S', 'x-expected': 'a pattern such as "*.o"' },
    ),
    mode: ref('mode', {
      'x-default':
        '"0600", for `directory` "0700"; for a source that is a folder or a glob "0755" where the owner may execute the file and else "0644"',
    }),
    dirMode: ref('mode', {
      description: 'Permissions of the folders of a source that is a folder or a glob, as octal digits in quotes.',
      'x-default': '"0755", and folders that are there already stay as they are',
      'x-also': ['dirmode', 'dir_mode', 'directoryMode'],
    }),
    uid: { ...owner, description: 'Owner: a number, or the name of a container for the id that is allocated to it.' },
    gid: { ...owner, description: 'Group, as `uid`.' },
  },
  {
    required: ['path'],
    'x-called': 'a file',
    description: 'A file, link or folder: exactly one of contents, source, metadata, symlink and directory.',
    'x-expected': 'a file: a map with path and one of contents, source, metadata, symlink and directory',
  },
);

/**
 * JSON Schema (draft-07) of a spec. The validator, the published schema and the reference are generated from it; what it
 * cannot say (two keys that exclude each other, names that must be unique) is in checks.ts.
 */
export const specSchema: SchemaNode = closedMap(
  {
    kernel: ref('kernel'),
    init: {
      ...strings(
        {
          description:
            'Images that are unpacked into /, later over earlier. Without one that brings /init, tskit embeds its own.',
          'x-expected': 'a list of image references',
          'x-default': 'none',
          'x-linuxkit': 'LinuxKit has no init of its own and needs its images here.',
        },
        reference,
      ),
      type: ['array', 'null'],
    },
    volumes: {
      type: ['array', 'null'],
      items: ref('volume'),
      description: 'Folders that containers share, mounted before the first container runs.',
      'x-expected': 'a list of volumes',
      'x-default': 'none',
    },
    onboot: section(
      'onbootEntry',
      'Containers that run before the services, each to its end: one after the other, but for those with `depends_on`.',
      'system',
    ),
    onshutdown: section(
      'onshutdownEntry',
      'Containers that run at an orderly shutdown, after the services have ended.',
    ),
    services: section('service', 'Containers that run for as long as the system does.', 'daemon'),
    files: {
      type: ['array', 'null'],
      items: ref('file'),
      description: 'Files, links and folders of the root file system.',
      'x-expected': 'a list of files',
      'x-default': 'none',
    },
    root,
    secrets: secretSources,
    watchdog,
    secureboot,
    disk,
    trust: {
      ...closedMap(
        { image: strings({ description: 'Images.' }), org: strings({ description: 'Organisations of Docker Hub.' }) },
        {
          description: 'Docker Content Trust, which is gone. Accepted and ignored, with a warning.',
          'x-called': 'trust',
          'x-expected': 'a map with image and org',
        },
      ),
      type: ['object', 'null'],
      'x-default': 'none',
      'x-linuxkit': 'LinuxKit ignores it too, and says nothing.',
    },
    variables: {
      type: ['object', 'null'],
      additionalProperties: {
        type: ['string', 'integer', 'boolean', 'null'],
        'x-expected': 'a string, an integer, true or false as default, or nothing for a variable that must be given',
      },
      description:
        'Variables of this file by name, each with its default, or nothing where one must be given. With it, or with --set, `${NAME}` in a value is replaced; see spec.md.',
      'x-expected': 'a map from names to defaults',
      'x-default': 'dollars are dollars',
      'x-linuxkit': 'LinuxKit has no variables.',
    },
  },
  {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'tskit spec',
    'x-called': 'the spec itself',
    description: 'An operating system composed of OCI images.',
    'x-expected': 'a map with kernel, init, volumes, onboot, onshutdown, services and files',
    definitions: {
      name,
      image,
      kernel,
      onbootEntry: entry('onboot', 'A container that runs at boot.'),
      onshutdownEntry: entry('onshutdown', 'A container that runs at shutdown.'),
      service: entry('services', 'A container that runs for as long as the system does.'),
      label: closedMap(
        {
          name: refused('cannot be set in a label', 'Belongs to the spec.'),
          image: refused('cannot be set in a label', 'Belongs to the spec.'),
          ...settingRefs,
          ...sectionKeys.label,
        },
        { description: 'The label org.mobyproject.config of an image.', 'x-expected': 'a map of container settings' },
      ),
      file,
      volume,
      partition,
      ...settings,
      ...supervisionDefinitions,
      healthcheck,
      ...secretDefinitions,
      ...mountDefinitions,
      ...runtimeDefinitions,
      ...resourceDefinitions,
    },
  },
);

/** Schema of the label `org.mobyproject.config`. */
export const labelSchema: SchemaNode = { ...ref('label'), definitions: specSchema.definitions ?? {} };
