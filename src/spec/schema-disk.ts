// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { diskSizeShape } from './disk-size.ts';
import { partitionTypeShape } from './partition-types.ts';
import { closedMap, ref, refused, type SchemaNode, strings } from './schema-node.ts';
import { onFailure } from './schema-supervision.ts';

/** Units of UTF-16 that the name of a partition has at most (UEFI Specification, GPT Partition Entry Array). */
export const longestLabel = 36;

/** A name that needs no quotes anywhere. */
export const partitionLabelShape: RegExp = /^[A-Za-z0-9_][A-Za-z0-9_.+-]*$/;

/** An entry of `disk.partitions`. */
export const partition: SchemaNode = closedMap(
  {
    label: {
      type: 'string',
      description:
        'Name of the partition (PARTLABEL), by which it is known again at later boots: one that is there is never made anew.',
      pattern: partitionLabelShape.source,
      'x-expected': 'a name of letters, digits, "_", ".", "+" and "-"',
      'x-also': ['name', 'partlabel', 'PARTLABEL'],
    },
    size: {
      type: 'string',
      description:
        'Size, a multiple of "1M", with units of 1024 ("512M", "4G", "1T"), or "rest" for what the disk has left; only the last partition may have that.',
      pattern: `${diskSizeShape.source}|^rest$`,
      'x-expected': 'a size such as "512M" or "4G", or "rest"',
      'x-unit': 'M',
      'x-default': '"rest"',
    },
    type: {
      type: 'string',
      description:
        'What others take the partition for: "linux", "home", "srv", "var", "tmp", "swap", or the GUID of a type.',
      pattern: partitionTypeShape.source,
      'x-expected': '"linux", "home", "srv", "var", "tmp", "swap" or a GUID',
      'x-default': '"linux"',
      'x-also': ['typecode', 'type_guid'],
    },
    filesystem: {
      type: 'string',
      description: 'File system that the partition is made with, or "none" for a partition without.',
      enum: ['ext4', 'none'],
      'x-expected': '"ext4" or "none"',
      'x-default': '"ext4"',
      'x-also': ['fs', 'format', 'fstype'],
    },
    mount: {
      type: 'string',
      description:
        'Folder where it is mounted, before volumes and containers. Containers bind it, or a folder of it, as any other.',
      pattern: '^/',
      'x-expected': 'an absolute path such as "/var/lib/data"',
      'x-default': 'none: it is made and not mounted',
      'x-also': ['mountpoint', 'path', 'destination'],
    },
    options: strings(
      {
        description: 'Options of the mount, such as "noatime".',
        'x-default': '[nodev, nosuid]',
        'x-expected': 'a list of mount options',
        'x-also': ['mount_options', 'mountOptions'],
      },
      { pattern: '^[^,\\s]+$', 'x-expected': 'a mount option such as "noatime"' },
    ),
    grow: {
      type: 'boolean',
      description: 'When the disk has become larger, partition and file system follow at the next boot.',
      'x-default': 'true with size "rest", else false',
      'x-also': ['resize', 'growfs', 'expand'],
    },
    encrypted: refused('is not built yet', 'Reserved for partitions that are encrypted.'),
  },
  {
    required: ['label'],
    'x-called': 'a partition',
    description: 'A partition that is made when the system first boots, if it is not there.',
    'x-expected': 'a partition: a map with label, size, type, filesystem, mount, options and grow',
  },
);

/** Key `disk` of a spec. */
export const disk: SchemaNode = {
  ...closedMap(
    {
      device: {
        type: 'string',
        description:
          'Where the partitions are: "auto", "root" for the disk that the system was started from, or the path of a device. "auto" is the disk that has one of the partitions already, else the one that the system was started from, else the only blank disk.',
        pattern: '^(auto|root|/dev/[A-Za-z0-9_./-]+)$',
        'x-expected': '"auto", "root" or the path of a device such as "/dev/vdb"',
        'x-default': '"auto"',
      },
      size: {
        type: 'string',
        description: 'Size of disk images that are built, with units of 1024 ("4G"), as `--size` has it.',
        pattern: diskSizeShape.source,
        'x-expected': 'a size such as "512M" or "4G"',
        'x-unit': 'M',
        'x-default': 'as large as what is in it',
      },
      partitions: {
        type: 'array',
        items: ref('partition'),
        description: 'Partitions that keep data from one boot to the next, in their order on the disk.',
        'x-expected': 'a list of partitions',
        'x-default': 'none',
      },
      on_failure: {
        ...onFailure,
        description:
          'What follows when a partition cannot be made or mounted: "continue" goes on, degraded, without the containers that use it; the others as for an onboot entry.',
        'x-default': '"continue"',
      },
    },
    {
      'x-called': 'disk',
      description:
        'Partitions that keep data, made when the system first boots ([data-partitions.md](data-partitions.md)). Nothing that is on a disk is overwritten.',
      'x-expected': 'a map with device, size, partitions and on_failure',
      'x-linuxkit':
        'LinuxKit has none; its packages `format`, `extend` and `mount` take the first disk that they find.',
    },
  ),
  type: ['object', 'null'],
  'x-default': 'none',
};
