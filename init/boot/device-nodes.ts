// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { moduleNodesName, modulesDir } from '../contract/paths.ts';
import { errnoOf, makeFolder, readText, readTextIfPresent } from '../files.ts';
import { AT_FDCWD, S_IFBLK, S_IFCHR } from '../linux.ts';
import type { Sys } from '../sys.ts';

/** What users may open who have no rights beyond their own, as udev's rules have it. */
const forAll = new Set(['fuse', 'net/tun']);

/**
 * Makes the nodes of modules that are loaded when somebody opens these, such as /dev/fuse and /dev/net/tun. The kernel makes a node
 * only with its module, and asks for the module by the node's numbers.
 */
export function makeModuleNodes(sys: Sys): void {
  const release = readText(sys, '/proc/sys/kernel/osrelease').trim();
  const lines = readTextIfPresent(sys, `${modulesDir}/${release}/${moduleNodesName}`) ?? '';
  for (const line of lines.split('\n')) {
    const match = /^\S+ (\S+) ([bc])(\d+):(\d+)$/.exec(line);
    if (match !== null) makeNode(sys, match[1] ?? '', match[2] === 'b', Number(match[3]), Number(match[4]));
  }
}

function makeNode(sys: Sys, name: string, isBlock: boolean, major: number, minor: number): void {
  const path = `/dev/${name}`;
  const mode = forAll.has(name) ? 0o666 : 0o600;
  if (name.includes('/')) makeFolder(sys, path.slice(0, path.lastIndexOf('/')), 0o755);
  try {
    sys.mknodat(AT_FDCWD, path, (isBlock ? S_IFBLK : S_IFCHR) | mode, major, minor);
    sys.fchmodat(AT_FDCWD, path, mode);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
}
