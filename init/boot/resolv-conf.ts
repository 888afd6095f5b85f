// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { resolvConfPath } from '../contract/paths.ts';
import { makeFolder, writeText } from '../files.ts';
import type { Sys } from '../sys.ts';

/**
 * Makes the file that /etc/resolv.conf points at, empty. It has to be there before the first container, since binds of it
 * name the inode; a DHCP client writes it in place.
 */
export function makeResolvConf(sys: Sys): void {
  makeFolder(sys, resolvConfPath.slice(0, resolvConfPath.lastIndexOf('/')), 0o755);
  writeText(sys, resolvConfPath, '', 0o644);
}
