// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// process.apparmorProfile and process.selinuxLabel (config.md): what the program runs under from its execve on. Both are
// written to a file of the process's own in /proc, which has to be the kernel's (CVE-2019-16884, CVE-2025-52881): it is opened
// below the runtime's, not below the container's, whose mounts are anybody's.

import type { Process } from '../../contract/runtime-config.ts';
import { errnoOf, readTextIfPresent } from '../../files.ts';
import { AT_FDCWD, O_CLOEXEC, O_PATH, O_WRONLY, SELINUX_MAGIC } from '../../linux.ts';
import type { Sys } from '../../sys.ts';
import { step } from '../step.ts';

/** A label, and the file of /proc/thread-self/attr to write it to, by the names that it may have. */
export interface SecurityLabel {
  /** The key in the configuration. */
  readonly key: string;
  readonly files: readonly string[];
  /** What is written. */
  readonly text: string;
}

/** A label whose file is open. */
export interface OpenLabel extends SecurityLabel {
  readonly fd: number;
}

/** The labels that a process asks for. Where the kernel has no such thing in use they mean nothing, which is warned of. */
export function planLabels(sys: Sys, process: Process, warn: (text: string) => void): readonly SecurityLabel[] {
  const { apparmorProfile: profile = '', selinuxLabel: label = '' } = process;
  const labels: SecurityLabel[] = [];
  if (profile !== '' && !hasAppArmor(sys))
    warn(`process.apparmorProfile: "${profile}" has no effect, because AppArmor is not enabled here`);
  else if (profile !== '') {
    // The folder is there since Linux 5.1; before that AppArmor shares the file with others.
    const files = ['attr/apparmor/exec', 'attr/exec'];
    labels.push({ key: 'process.apparmorProfile', files, text: `exec ${profile}` });
  }
  if (label !== '' && !hasSelinux(sys))
    warn(`process.selinuxLabel: "${label}" has no effect, because SELinux is not enabled here`);
  else if (label !== '') labels.push({ key: 'process.selinuxLabel', files: ['attr/exec'], text: label });
  return labels;
}

function hasAppArmor(sys: Sys): boolean {
  return readTextIfPresent(sys, '/sys/module/apparmor/parameters/enabled')?.startsWith('Y') ?? false;
}

/** Whether the kernel has SELinux in use. */
export function hasSelinux(sys: Sys): boolean {
  let fd: number;
  try {
    fd = sys.openat(AT_FDCWD, '/sys/fs/selinux', O_PATH | O_CLOEXEC, 0);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
  try {
    return sys.fstatfs(fd).type === SELINUX_MAGIC;
  } finally {
    sys.close(fd);
  }
}

/** Opens the files in the process itself: the kernel takes a label only from who opened the file. `procfs` is checked. */
export function openLabels(sys: Sys, procfs: number, labels: readonly SecurityLabel[]): readonly OpenLabel[] {
  return labels.map((label) =>
    step(`${label.key}: open`, () => ({ ...label, fd: openFirst(sys, procfs, label.files) })),
  );
}

function openFirst(sys: Sys, procfs: number, [file = '', ...others]: readonly string[]): number {
  try {
    return sys.openat(procfs, `thread-self/${file}`, O_WRONLY | O_CLOEXEC, 0);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT' || others.length === 0) throw error;
    return openFirst(sys, procfs, others);
  }
}

/** Has the next execve change to the labels. Anything else that the process still runs itself has to be run before. */
export function applyLabels(sys: Sys, labels: readonly OpenLabel[]): void {
  for (const { key, fd, text } of labels) {
    step(`${key}: set "${text}"`, () => sys.write(fd, sys.encodeUtf8(text)));
    sys.close(fd);
  }
}
