// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Namespaces of a container that stay when it has ended, each bound to a file (namespaces(7)): a service joins by that path what
// an onboot entry has set up.

import { type BundleRuntime, boundNamespaces } from '../../contract/bundle-runtime.ts';
import { errnoOf, makeFolder } from '../../files.ts';
import {
  AT_FDCWD,
  MNT_DETACH,
  MS_BIND,
  MS_PRIVATE,
  NSFS_MAGIC,
  O_CLOEXEC,
  O_CREAT,
  O_NOFOLLOW,
  O_RDONLY,
} from '../../linux.ts';
import type { Sys } from '../../sys.ts';
import { parentOf } from '../path.ts';
import { step } from '../step.ts';

type Paths = NonNullable<BundleRuntime['bindNS']>;

/**
 * Binds namespaces of the process `pid` to files, which are made with the folders above them; an earlier namespace there is let
 * go. Throws an Error that names kind and path; nothing is bound then.
 */
export function keepNamespaces(sys: Sys, paths: Paths, pid: number): void {
  const kept: string[] = [];
  try {
    for (const kind of boundNamespaces) {
      const path = paths[kind];
      if (!path) continue;
      step(`keep the ${kind} namespace as ${path}`, () => {
        makeFolder(sys, parentOf(path), 0o755);
        makeFile(sys, path);
        kept.push(path);
        // The kernel does not let it be seen in other mount namespaces, as it would be on a mount that is shared.
        if (kind === 'mnt') makePrivate(sys, path);
        sys.mount(`/proc/${pid}/ns/${kind}`, path, null, MS_BIND, null);
      });
    }
  } catch (error) {
    for (const path of kept) letGo(sys, path);
    throw error;
  }
}

/** Undoes keepNamespaces. */
export function releaseNamespaces(sys: Sys, paths: Paths): void {
  for (const kind of boundNamespaces) {
    const path = paths[kind];
    if (path) letGo(sys, path);
  }
}

function makeFile(sys: Sys, path: string): void {
  const flags = O_RDONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC;
  const fd = sys.openat(AT_FDCWD, path, flags, 0o644);
  const isNamespace = sys.fstatfs(fd).type === NSFS_MAGIC;
  sys.close(fd);
  if (isNamespace) unmountAll(sys, path);
}

function makePrivate(sys: Sys, path: string): void {
  sys.mount(path, path, null, MS_BIND, null);
  sys.mount(null, path, null, MS_PRIVATE, null);
}

function letGo(sys: Sys, path: string): void {
  unmountAll(sys, path);
  sys.unlinkat(AT_FDCWD, path, 0);
}

function unmountAll(sys: Sys, path: string): void {
  try {
    for (;;) sys.umount2(path, MNT_DETACH);
  } catch (error) {
    if (errnoOf(error) !== 'EINVAL') throw error;
  }
}
