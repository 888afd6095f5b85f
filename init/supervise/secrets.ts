// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Modules } from '../boot/modules.ts';
import { parentOf } from '../container/path.ts';
import { step } from '../container/step.ts';
import type { ContainerPlan, SecretPlan } from '../contract/container-plan.ts';
import { secretPath, secretsDir } from '../contract/paths.ts';
import type { Mount } from '../contract/runtime-config.ts';
import { errnoOf, makeFolder } from '../files.ts';
import {
  AT_FDCWD,
  MS_NODEV,
  MS_NOEXEC,
  MS_NOSUID,
  O_CLOEXEC,
  O_CREAT,
  O_NONBLOCK,
  O_RDONLY,
  O_TRUNC,
  O_WRONLY,
} from '../linux.ts';
import { quietly } from '../log/quietly.ts';
import type { Sys } from '../sys.ts';

/** Bytes of a secret. */
const longest = 512 * 1024;

/** Lays the secrets of a container ready; the result are the mounts by which it finds them. */
export type ProvideSecrets = (sys: Sys, plan: ContainerPlan) => readonly Mount[];

/**
 * Secrets go from where they are to a file system of their own in memory that is never swapped out, anew before each start of
 * their container. The kernel copies them: they are never in our own memory. Throws, with the secret's name, for one that is
 * missing.
 */
export function createSecrets(modules: Modules | undefined): ProvideSecrets {
  let isMounted = false;
  function provide(sys: Sys, plan: ContainerPlan, secret: SecretPlan): Mount {
    if (!isMounted) mountSecrets(sys);
    isMounted = true;
    const target = secretPath(plan.id, secret.name);
    makeFolder(sys, parentOf(target), 0o700);
    copySecret(sys, openSecret(sys, modules, secret), target, secret);
    return {
      destination: secret.path,
      type: 'bind',
      source: target,
      options: ['bind', 'ro', 'nosuid', 'nodev', 'noexec'],
    };
  }

  return (sys, plan) => {
    const mounts: Mount[] = [];
    try {
      for (const secret of plan.secrets ?? [])
        mounts.push(step(`secret ${secret.name} from ${placeOf(secret)}`, () => provide(sys, plan, secret)));
    } catch (error) {
      forgetSecrets(sys, mounts);
      throw error;
    }
    return mounts;
  };
}

/** Once the container has them bound in, or is not to be, they need no name any more: they go with its mounts. */
export function forgetSecrets(sys: Sys, mounts: readonly Mount[]): void {
  for (const { source } of mounts) if (source !== undefined) quietly(() => sys.unlinkat(AT_FDCWD, source, 0));
}

function mountSecrets(sys: Sys): void {
  const flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
  makeFolder(sys, secretsDir, 0o700);
  try {
    sys.mount('tmpfs', secretsDir, 'tmpfs', flags, 'mode=700,noswap');
  } catch (error) {
    if (errnoOf(error) !== 'EINVAL') throw error;
    // Linux before 6.4 has no such option. A ramfs is never swapped out either.
    sys.mount('ramfs', secretsDir, 'ramfs', flags, 'mode=700');
  }
}

function placeOf({ from }: SecretPlan): string {
  return from.kind === 'file' ? from.path : from.name;
}

function openSecret(sys: Sys, modules: Modules | undefined, { from }: SecretPlan): number {
  const flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC;
  if (from.kind === 'file') return sys.openat(AT_FDCWD, from.path, flags, 0);
  modules?.load('qemu_fw_cfg');
  try {
    return sys.openat(AT_FDCWD, `/sys/firmware/qemu_fw_cfg/by_name/${from.name}/raw`, flags, 0);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    throw new Error(`the machine has none (QEMU: -fw_cfg name=${from.name},file=...)`, { cause: error });
  }
}

/** One that an earlier run has bound in keeps what it had. */
function copySecret(sys: Sys, source: number, path: string, { uid, gid, mode }: SecretPlan): void {
  const temporary = `${path}.new`;
  try {
    const target = sys.openat(AT_FDCWD, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600);
    try {
      let length = 0;
      for (let count = -1; count !== 0 && length <= longest; length += count)
        count = sys.sendfile(target, source, longest);
      if (length > longest) throw new Error(`expected at most ${longest} bytes, found more`);
      sys.fchown(target, uid, gid);
      sys.fchmod(target, mode);
    } finally {
      sys.close(target);
    }
    sys.renameat2(AT_FDCWD, temporary, AT_FDCWD, path, 0);
  } catch (error) {
    quietly(() => sys.unlinkat(AT_FDCWD, temporary, 0));
    throw error;
  } finally {
    sys.close(source);
  }
}
