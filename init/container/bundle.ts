// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What runtime.json says: done in the root namespaces before a bundle's container is created, undone after it ended.

import type { BundleRuntime } from '../contract/bundle-runtime.ts';
import type { Mount } from '../contract/runtime-config.ts';
import { errnoOf, makeFolder } from '../files.ts';
import { AT_FDCWD, AT_SYMLINK_NOFOLLOW, MNT_DETACH, MOUNT_ATTR_RDONLY, O_CLOEXEC, O_PATH } from '../linux.ts';
import type { Sys } from '../sys.ts';
import { makeV2Folder } from './cgroup/v2-folder.ts';
import { setAttributes } from './root/mount-tree.ts';
import { openSource as openBindSource } from './root/mount-bind.ts';
import { type MountPlan, planMount } from './root/mount-plan.ts';
import { mountInRoot } from './root/mounts.ts';
import { cleanPath } from './path.ts';
import { openFolderInRoot, openInRootIfPresent } from './root/root-path.ts';
import { step } from './step.ts';

/**
 * Makes what the bundle's container needs around it: cgroups, then mounts in their order (destinations are made), then
 * folders, so that these may lie in the mounts. Relative paths are taken inside the bundle's rootfs, which is an image's
 * tree, so links in it cannot lead outside. Throws an Error that names the step; what was mounted is unmounted again.
 */
export function prepareBundle(sys: Sys, bundle: string, runtime: BundleRuntime, cgroupRoot = '/sys/fs/cgroup'): void {
  step(`bundle ${bundle}`, () => {
    for (const path of runtime.cgroups ?? []) makeV2Folder(sys, cgroupRoot, cleanPath(path), []);
    const mounted: Mount[] = [];
    try {
      for (const mount of runtime.mounts ?? []) {
        mountForBundle(sys, bundle, mount);
        mounted.push(mount);
      }
      for (const path of runtime.mkdir ?? [])
        step(`make folder ${path}`, () =>
          withRootOf(sys, bundle, path, (root) => sys.close(openFolderInRoot(sys, root, path))),
        );
    } catch (error) {
      releaseBundle(sys, bundle, { mounts: mounted });
      throw error;
    }
  });
}

/** Unmounts what prepareBundle mounted, the last first. What is not mounted any more is passed over. */
export function releaseBundle(sys: Sys, bundle: string, runtime: BundleRuntime): void {
  for (const { destination } of (runtime.mounts ?? []).toReversed())
    step(`bundle ${bundle}: unmount ${destination}`, () =>
      withRootOf(sys, bundle, destination, (rootFd) => unmountInRoot(sys, rootFd, destination)),
    );
}

function unmountInRoot(sys: Sys, rootFd: number, path: string): void {
  const target = openInRootIfPresent(sys, rootFd, path);
  if (target === undefined) return;
  try {
    // By descriptor for the same reason as mounting: a link in the image must not make this unmount something else.
    sys.umount2(`/proc/self/fd/${target}`, MNT_DETACH);
  } catch (error) {
    if (errnoOf(error) !== 'EINVAL') throw error;
  } finally {
    sys.close(target);
  }
}

/** Runs with the folder inside which `path` is looked up: "/" or the bundle's rootfs. */
function withRootOf(sys: Sys, bundle: string, path: string, run: (rootFd: number) => void): void {
  const root = sys.openat(AT_FDCWD, path.startsWith('/') ? '/' : `${bundle}/rootfs`, O_PATH | O_CLOEXEC, 0);
  try {
    run(root);
  } finally {
    sys.close(root);
  }
}

function mountForBundle(sys: Sys, bundle: string, mount: Mount): void {
  const readonlyLater: number[] = [];
  try {
    if (mount.type === 'overlay') makeOverlayFolders(sys, mount.options ?? []);
    const plan = planMount(mount, bundle);
    withRootOf(sys, bundle, mount.destination, (rootFd) => {
      const trusted = mount.destination.startsWith('/');
      const openSource = (bind: MountPlan): number => openBindSource(sys, bind, undefined);
      mountInRoot(sys, plan, {
        rootFd,
        trusted,
        keepsModes: false,
        ownCgroups: false,
        label: undefined,
        openSource,
        readonlyLater,
      });
    });
    for (const tree of readonlyLater) setAttributes(sys, tree, { set: MOUNT_ATTR_RDONLY, clear: 0 }, false);
  } finally {
    for (const fd of readonlyLater) sys.close(fd);
  }
}

/**
 * Makes an overlay's upper and work folder, which may lie in a tmpfs that has just been mounted. The merged root shows the
 * upper folder's owner and mode, so that gets those of the uppermost lower one.
 */
function makeOverlayFolders(sys: Sys, options: readonly string[]): void {
  const value = (key: string): string | undefined =>
    options.find((word) => word.startsWith(`${key}=`))?.slice(key.length + 1);
  const [upper, work, lower] = [value('upperdir'), value('workdir'), value('lowerdir')?.split(':')[0]];
  if (work !== undefined) makeFolder(sys, work, 0o755);
  if (upper === undefined) return;
  makeFolder(sys, upper, 0o755);
  if (lower === undefined) return;
  step(`overlay: give ${upper} the owner and mode of ${lower}`, () => {
    const { mode, uid, gid } = sys.statx(AT_FDCWD, lower, 0);
    const permissions = 0o7777;
    sys.fchownat(AT_FDCWD, upper, uid, gid, AT_SYMLINK_NOFOLLOW);
    sys.fchmodat(AT_FDCWD, upper, mode & permissions);
  });
}
