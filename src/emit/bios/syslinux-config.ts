// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../../errors.ts';
import { maxCommandLine } from '../boot-files.ts';

/** Where a boot loader finds what it loads, by the paths of its own file system. */
export interface LoadedFiles {
  readonly kernel: string;
  /** Absent where the kernel mounts the root itself. */
  readonly initrd?: string;
  readonly cmdline: string;
}

/** What the kernel takes for a serial console whose speed is not given (Documentation/admin-guide/serial-console.rst). */
const defaultSpeed = 9600;

/**
 * The configuration of Syslinux and ISOLINUX: it starts the one kernel at once and asks nothing. With a serial console on the
 * kernel's command line it speaks there too, so that an error is seen where everything else is.
 * @throws TskitError `format` for a command line that would be cut.
 */
export function syslinuxConfig({ kernel, initrd, cmdline }: LoadedFiles): string {
  const passed = `BOOT_IMAGE=${kernel} ${cmdline}${initrd === undefined ? '' : ` initrd=${initrd}`}`;
  if (Buffer.byteLength(passed) > maxCommandLine) {
    throw new TskitError(
      'format',
      `the kernel's command line: expected at most ${maxCommandLine} bytes, found ${Buffer.byteLength(passed)} with what the boot loader adds`,
      { hint: 'shorten `kernel.cmdline`; what is for programs can be in `files`' },
    );
  }
  return [
    ...serialLine(cmdline),
    'DEFAULT tskit',
    'PROMPT 0',
    'NOESCAPE 1',
    'LABEL tskit',
    `  LINUX ${kernel}`,
    ...(initrd === undefined ? [] : [`  INITRD ${initrd}`]),
    // An empty one would be taken for the one before it.
    ...(cmdline === '' ? [] : [`  APPEND ${cmdline}`]),
    '',
  ].join('\n');
}

/** The last serial console of the command line; it has to be the first line of the configuration. */
function serialLine(cmdline: string): readonly string[] {
  const [, port, speed] = [...cmdline.matchAll(/(?:^|\s)console=ttyS([0-3])(?:,(\d+)\w*)?(?=\s|$)/g)].at(-1) ?? [];
  return port === undefined ? [] : [`SERIAL ${port} ${speed ?? defaultSpeed}`];
}
