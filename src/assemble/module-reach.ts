// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { LinuxSeccomp } from '../../init/contract/linux-config.ts';
import type { Mount } from '../../init/contract/runtime-config.ts';
import type { Bundle } from './bundle.ts';

/** What the programs of a system can do that makes the kernel load a module. */
export interface ModuleReach {
  /** They may do everything, or what leads there: mount, load modules, watch other programs, reach the modules' files. */
  readonly everything: boolean;
  /** They set up networks. */
  readonly networks: boolean;
  /** They have device nodes beside the usual ones, or make some. */
  readonly nodes: boolean;
}

/** With one of these a program mounts file systems, loads modules, or can become one that does. */
const powerful: ReadonlySet<string> = new Set([
  'CAP_SYS_ADMIN',
  'CAP_SYS_MODULE',
  'CAP_SYS_PTRACE',
  'CAP_SYS_RAWIO',
  'CAP_DAC_READ_SEARCH',
  'CAP_BPF',
  'CAP_PERFMON',
  'CAP_MAC_ADMIN',
  'CAP_CHECKPOINT_RESTORE',
]);

/** What all containers of a system can do together. */
export function moduleReach(bundles: readonly Bundle[]): ModuleReach {
  const each = bundles.map(reachOf);
  return {
    everything: each.some(({ everything }) => everything),
    networks: each.some(({ networks }) => networks),
    nodes: each.some(({ nodes }) => nodes),
  };
}

function reachOf({ config }: Bundle): ModuleReach {
  const { process, linux, mounts = [], hooks } = config;
  // Of its own user namespace as well: the kernel asks for the capability there.
  const capabilities = process.capabilities?.bounding ?? [];
  const has = (name: string): boolean => capabilities.includes(name);
  const sources = mounts.filter(isBind).map(({ source = '' }) => plain(source));
  return {
    everything:
      capabilities.some((name) => powerful.has(name)) ||
      makesNamespaces(linux?.seccomp) ||
      hooks !== undefined ||
      sources.some((source) => source === '' || holdsModules(source)),
    networks: has('CAP_NET_ADMIN'),
    nodes:
      has('CAP_MKNOD') ||
      (linux?.devices?.length ?? 0) > 0 ||
      sources.some((source) => source === '/dev' || source.startsWith('/dev/')),
  };
}

/** Whoever makes a user namespace has all capabilities in it. */
function makesNamespaces(seccomp: LinuxSeccomp | undefined): boolean {
  if (seccomp === undefined) return true;
  const isRefused = (action: string): boolean => /^SCMP_ACT_(ERRNO|KILL|KILL_PROCESS|KILL_THREAD|TRAP)$/.test(action);
  if (!isRefused(seccomp.defaultAction)) return true;
  return (seccomp.syscalls ?? []).some(
    ({ names, action, args }) =>
      !isRefused(action) &&
      (names.includes('unshare') || names.includes('clone3') || (names.includes('clone') && args === undefined)),
  );
}

function isBind({ type, options = [] }: Mount): boolean {
  return type === 'bind' || options.includes('bind') || options.includes('rbind');
}

/** "/lib/" and "//lib" are "/lib"; "/" is empty. */
function plain(path: string): string {
  return path.replaceAll(/\/+/g, '/').replace(/\/$/, '');
}

/** A container that has the files most likely loads them, by whatever means. */
function holdsModules(source: string): boolean {
  return /^(\/usr)?\/lib(\/modules(\/.*)?)?$/.test(source) || source === '/usr';
}
