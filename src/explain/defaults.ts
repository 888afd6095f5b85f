// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Section } from '../assemble/settings.ts';
import type { Term } from '../terms/term.ts';
import type { Input } from './inputs.ts';

/** Keys that say a setting, where they are not its own name: of the spec, the label and the image's config. */
const keysOf: Readonly<Record<string, readonly string[]>> = {
  binds: ['binds', 'mounts'],
  tmpfs: ['tmpfs', 'mounts'],
  env: ['env', 'Env'],
  command: ['command', 'Entrypoint', 'Cmd'],
  cwd: ['cwd', 'WorkingDir'],
  uid: ['uid', 'user', 'User'],
  gid: ['gid', 'user', 'User'],
  additionalGids: ['additionalGids', 'user', 'User'],
  stopSignal: ['stopSignal', 'StopSignal'],
  namespaces: [],
};

/** Whether what was said is about a setting, and not only of some effect on it. */
export function isAbout({ path }: Input, setting: string): boolean {
  const key = String(path[0]).replace(/\.add$/, '');
  const [section = ''] = setting.split('.');
  return (keysOf[section] ?? [section]).includes(key);
}

/** What stands when nobody says anything, in words; by setting. */
const defaults: Readonly<Record<string, string>> = {
  on_failure: 'a failing entry does not stop the boot',
  env: 'a PATH, since none is given',
  cwd: 'the root of the container',
  uid: 'root',
  gid: 'root',
  noNewPrivileges: 'off',
  readonly: 'a root that can be written, on a tmpfs',
  binds: 'mounts that every container has',
  tmpfs: 'mounts that every container has',
  mounts: 'mounts that every container has',
  net: "the host's, as in LinuxKit",
  ipc: "the host's, as in LinuxKit",
  uts: "the host's, as in LinuxKit",
  userns: "the host's, as in LinuxKit",
  pid: 'a new one, as in LinuxKit',
  namespaces: 'mounts are always its own',
  'runtime.mounts': "how the container's root is made",
  ociVersion: 'version of the OCI runtime specification',
  rootfs: "folder of the container's root in its bundle",
};

const ofServices: Readonly<Record<string, string>> = {
  maskedPaths: 'hidden from services, as Docker does',
  readonlyPaths: 'not to be written by services, as Docker does',
};

/** The name of a default: what stands for a setting when nobody says anything about it. */
export function defaultOf({ setting, value }: Term, section: Section): string {
  if (setting === 'seccomp')
    return value === 'unconfined' ? 'no filter' : "the default filter, for the container's capabilities";
  const service = section === 'services' ? ofServices[setting] : undefined;
  return service ?? defaults[setting] ?? 'set by the build';
}
