// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The terminal of a container's process (config.md, process.terminal): a pair from the container's own devpts, so that its
// number means something inside. All of it by descriptor: a process of the container may put links or mounts where the
// names lead at any time (CVE-2025-52565).

import type { Process } from '../../contract/runtime-config.ts';
import { errnoOf } from '../../files.ts';
import {
  AT_FDCWD,
  DEVPTS_SUPER_MAGIC,
  O_CLOEXEC,
  O_CREAT,
  O_EXCL,
  O_NOCTTY,
  O_PATH,
  O_RDWR,
  O_WRONLY,
  RESOLVE_BENEATH,
  RESOLVE_NO_MAGICLINKS,
  RESOLVE_NO_SYMLINKS,
  RESOLVE_NO_XDEV,
  TIOCGPTPEER,
  TIOCSCTTY,
  TIOCSPTLCK,
} from '../../linux.ts';
import type { Sys } from '../../sys.ts';
import { attachTree, copyTree } from '../root/mount-tree.ts';
import { openInRoot } from '../root/root-path.ts';
import { step } from '../step.ts';

/** Both ends of a pseudo terminal: the runtime's, and the one that becomes the process's standard streams. */
export interface Terminal {
  readonly master: number;
  readonly peer: number;
}

/** Opens a terminal of the devpts on /dev/pts and gives it the size asked for. Runs with the container's root as "/". */
export function openTerminal(sys: Sys, size: Process['consoleSize']): Terminal {
  return step('open a terminal of /dev/pts', () => {
    const master = openMaster(sys);
    sys.ioctlIntPointer(master, TIOCSPTLCK, 0);
    // By the pair's own end, where a name like /dev/pts/0 could lead elsewhere.
    const peer = sys.ioctlInt(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (size !== undefined && size.height > 0 && size.width > 0) sys.setWindowSize(master, size.height, size.width);
    return { master, peer };
  });
}

/** In a devpts nobody can make files: what is called ptmx there, and is not mounted over, is the kernel's. */
function openMaster(sys: Sys): number {
  const devpts = sys.openat(AT_FDCWD, '/dev/pts', O_PATH | O_CLOEXEC, 0);
  try {
    if (sys.fstatfs(devpts).type !== DEVPTS_SUPER_MAGIC)
      throw new Error('expected a devpts file system there, found another one');
    const resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS;
    return sys.openat2(devpts, 'ptmx', { flags: O_RDWR | O_NOCTTY | O_CLOEXEC, resolve });
  } finally {
    sys.close(devpts);
  }
}

/** Makes the terminal the standard streams of the process, which leads a session, and has it controlled by the terminal. */
export function installTerminal(sys: Sys, { master, peer }: Terminal): void {
  step('take the terminal', () => {
    for (const fd of [0, 1, 2]) sys.dup3(peer, fd, 0);
    sys.ioctlInt(0, TIOCSCTTY, 0);
  });
  sys.close(master);
  sys.close(peer);
}

/**
 * Makes sure that there is something to mount the terminal on, while /dev can still be written: an empty file, unless the
 * image or a bound /dev brings one. A link there is refused.
 */
export function makeConsolePlace(sys: Sys, rootFd: number): void {
  step('make /dev/console', () => {
    const dev = openInRoot(sys, rootFd, '/dev');
    try {
      sys.close(openConsole(sys, dev) ?? sys.openat(dev, 'console', O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600));
    } finally {
      sys.close(dev);
    }
  });
}

/** Mounts the terminal on /dev/console (config-linux.md, Default Devices). Runs with the container's root as "/". */
export function bindConsole(sys: Sys, { peer }: Terminal): void {
  step('mount the terminal on /dev/console', () => {
    const dev = sys.openat2(AT_FDCWD, '/dev', { flags: O_PATH | O_CLOEXEC, resolve: RESOLVE_NO_MAGICLINKS });
    const place = openConsole(sys, dev);
    if (place === undefined) throw new Error('expected a file, found none');
    const tree = copyTree(sys, peer, '', false);
    attachTree(sys, tree, place);
    for (const fd of [tree, place, dev]) sys.close(fd);
  });
}

/** What lies at /dev/console itself; undefined when nothing does. Throws ELOOP when it is a link. */
function openConsole(sys: Sys, dev: number): number | undefined {
  try {
    return sys.openat2(dev, 'console', { flags: O_PATH | O_CLOEXEC, resolve: RESOLVE_NO_SYMLINKS });
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
