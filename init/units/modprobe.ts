// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import * as sys from 'tskit:sys';
import { parseCommandLine } from '../boot/command-line.ts';
import { openModules } from '../boot/kernel-modules.ts';
import { readText } from '../files.ts';
import { AT_FDCWD, O_CLOEXEC, O_WRONLY } from '../linux.ts';

/**
 * The kernel's module loader (/proc/sys/kernel/modprobe), called as `modprobe -q -- NAME`: NAME is a module, or an alias such
 * as "fs-ext4". 0 when there is one, loaded, compiled in or refused by the kernel; 1 when there is none.
 */
export default function modprobe(): number {
  const names = sys.argv.slice(1).filter((argument) => !argument.startsWith('-'));
  if (names.length === 0) {
    report('usage: modprobe NAME...');
    return 2;
  }
  const modules = openModules(sys, parseCommandLine(readText(sys, '/proc/cmdline')), report);
  const missing = names.filter((name) => modules === undefined || !(modules.load(name) || modules.loadByAlias(name)));
  if (missing.length > 0 && !sys.argv.includes('-q')) report(`modprobe: no module for ${missing.join(', ')}`);
  return missing.length === 0 ? 0 : 1;
}

/** The kernel gives its helper no descriptors, so that only its own log can be told. */
function report(message: string): void {
  const fd = sys.openat(AT_FDCWD, '/dev/kmsg', O_WRONLY | O_CLOEXEC, 0);
  sys.write(fd, sys.encodeUtf8(`tskit: ${message}\n`));
  sys.close(fd);
}
