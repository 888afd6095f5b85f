// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { closedMap, type SchemaNode } from './schema-node.ts';

const kinds: SchemaNode = {
  type: 'string',
  pattern: '^(auto|initramfs|erofs)$',
  'x-expected': '"auto", "initramfs" or "erofs"',
};

/** Key `root` of a spec. */
export const root: SchemaNode = {
  ...closedMap(
    {
      type: {
        ...kinds,
        description:
          'Where the system lies once it runs. "initramfs": unpacked into memory, all of it. "erofs": on a read-only partition, from which is read what is used. "auto": by size, in formats that have a disk.',
        'x-default': '"auto"',
        'x-also': ['kind', 'filesystem', 'format'],
      },
      verity: {
        type: 'boolean',
        description:
          'Every block of an EROFS root is checked when it is read (dm-verity) against a hash that the command line of the kernel holds.',
        'x-default': 'true',
      },
      initrd: {
        type: ['boolean', 'string'],
        pattern: '^auto$',
        description:
          'Whether a small initrd finds a root on a disk. Without one the kernel sets up dm-verity and mounts the root by itself (CONFIG_DM_INIT). "auto": none where the kernel has all that it takes compiled in.',
        'x-expected': 'true, false or "auto"',
        'x-default': '"auto"',
      },
      on_corruption: {
        type: 'string',
        enum: ['panic', 'restart'],
        description:
          'What the kernel does when a block is not what was built: it panics, after which `panic=SECONDS` on its command line counts, or restarts the machine at once. It never goes on.',
        'x-expected': '"panic" or "restart"',
        'x-default': '"panic"',
      },
    },
    {
      'x-called': 'root',
      description:
        'Where the root file system lies ([root.md](root.md)): "auto", "initramfs" or "erofs", or a map with more to say.',
      'x-expected': '"auto", "initramfs" or "erofs", or a map with type, verity, initrd and on_corruption',
      'x-linuxkit': 'LinuxKit chooses by the format, and unpacks into memory in nearly all.',
      'x-default': '"auto"',
    },
  ),
  type: ['string', 'object', 'null'],
  pattern: kinds.pattern ?? '',
};
