// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { closedMap, reference, type SchemaNode, strings } from './schema-node.ts';

/** Key `kernel` of a spec. */
export const kernel: SchemaNode = closedMap(
  {
    image: { ...reference, description: 'Image with the kernel; only the files named here are used.' },
    cmdline: {
      type: 'string',
      description: 'Command line of the kernel.',
      'x-default': 'empty',
      'x-also': ['append', 'args'],
    },
    binary: {
      type: 'string',
      description: 'File name of the kernel in the image.',
      pattern: '\\S',
      'x-expected': 'a file name',
      'x-default': '"kernel"',
    },
    tar: {
      type: 'string',
      description: 'File name of a tar in the image that is unpacked into / (modules); "none" or "" for none.',
      'x-default': '"kernel.tar"',
    },
    ucode: {
      type: 'string',
      description: 'File name of a cpio with CPU microcode in the image; goes before the initramfs.',
      'x-default': 'none',
    },
    modules: {
      type: ['string', 'array'],
      pattern: '^(auto|all|none)$',
      items: {
        type: 'string',
        pattern: '^\\S+$',
        'x-expected': 'a name of a module such as "virtio_net", or a glob over names and aliases such as "virtio:*"',
      },
      description:
        'Modules of the kernel that the system has ([kernels.md](kernels.md)): "all"; "auto", without those that nothing in this system could ever load; "none"; or those of a list, with all that they need and what the spec itself asks for.',
      'x-expected': '"auto", "all", "none" or a list of modules',
      'x-default': '"auto"',
      'x-linuxkit': 'LinuxKit has all of them always.',
    },
    needs: strings(
      {
        description:
          "Options that the kernel's configuration has to have, for what programs of the system need and the build cannot see ([kernels.md](kernels.md)).",
        'x-default': 'none',
        'x-expected': 'a list of options such as "CONFIG_WIREGUARD"',
      },
      { pattern: '^CONFIG_[A-Za-z0-9_]+$', 'x-expected': 'an option of the kernel such as "CONFIG_WIREGUARD"' },
    ),
  },
  {
    type: ['object', 'null'],
    required: ['image'],
    'x-called': 'kernel',
    description: 'The kernel. Without it the result has a root file system only.',
    'x-default': 'none',
    'x-expected': 'a map with image, cmdline, modules and more',
  },
);
