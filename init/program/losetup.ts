// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { isPresent } from '../files.ts';
import { expectOperands, parseArguments, UsageError } from '../runtime/arguments.ts';
import type { Sys } from '../sys.ts';
import { Failure } from './failure.ts';
import { attachLoop } from './loop-device.ts';
import type { Program } from './run.ts';
import { say } from './say.ts';
import { makeZeroFile } from './zero-file.ts';

const help = `usage: losetup [-c] [-s MIB] [-d DEVICE] FILE

Makes FILE a block device, /dev/loop0 unless given.

options:
  -c, --create       make the file when it is missing
  -s, --size MIB     of this size, 10 MiB unless given
  -d, --dev DEVICE   the device: /dev/loopN
`;

const mebibyte = 1024 ** 2;
const largest = 2 ** 53 / mebibyte;

/** Makes a file a block device, and the file itself on request. */
export const losetup: Program = {
  name: 'losetup',
  help,
  run(sys: Sys, words: readonly string[]): void {
    const { options, operands } = parseArguments(words, {
      create: { kind: 'flag', short: 'c' },
      size: { kind: 'integer', short: 's' },
      dev: { kind: 'text', short: 'd' },
    });
    const [file = ''] = expectOperands(operands, 'one file');
    const { size = 10, dev = '/dev/loop0' } = options;
    if (size < 1 || size >= largest) throw new UsageError(`expected a size in MiB, found "${size}"`);
    if (!isPresent(sys, file)) {
      if (!options.create) {
        throw new Failure(`making "${file}" a device: expected the file, found none`, '--create makes it');
      }
      say(sys, `losetup: makes ${file}, ${size} MiB`);
      makeZeroFile(sys, file, size * mebibyte);
    }
    say(sys, `losetup: ${attachLoop(sys, file, dev)} is ${file}`);
  },
};
