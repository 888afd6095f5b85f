// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { apiSocket } from '../../init/contract/paths.ts';
import type { Mount } from '../../init/contract/runtime-config.ts';
import type { Bundle } from './bundle.ts';

/**
 * What is said when services may command PID 1 that perhaps are not meant to: they run as root, which is all that the API asks for, and have
 * a folder bound in that its socket lies in. A bind of the socket itself says that it is meant. Undefined when there is none.
 */
export function unmeantControl(services: readonly Bundle[]): string | undefined {
  const names = services.filter(mayCommand).map(({ plan }) => `"${plan.name}"`);
  if (names.length === 0) return undefined;
  return `services ${names.join(', ')}: root with the system's /run bound in may command PID 1 as tsctl does; bind ${apiSocket} too where that is meant, or a folder below /run instead`;
}

function mayCommand({ config }: Bundle): boolean {
  const { process, linux, mounts = [] } = config;
  // Root of another user namespace is not root to the kernel that tells who asks.
  const isRoot = process.user.uid === 0 && linux?.namespaces?.every(({ type }) => type !== 'user') !== false;
  const sources = mounts.flatMap((mount) => (isBind(mount) ? [plain(mount.source ?? '')] : []));
  return isRoot && !sources.includes(apiSocket) && sources.some((source) => apiSocket.startsWith(`${source}/`));
}

function isBind({ type, options = [] }: Mount): boolean {
  return type === 'bind' || options.includes('bind') || options.includes('rbind');
}

/** "/run/" and "//run" are "/run"; "/" is empty. */
function plain(path: string): string {
  return path.replaceAll(/\/+/g, '/').replace(/\/$/, '');
}
