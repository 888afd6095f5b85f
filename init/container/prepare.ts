// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Everything that is decided and opened before the container's process exists, by the runtime with its own privileges.

import type { Mount, RuntimeConfig } from '../contract.ts';
import { AT_FDCWD } from '../linux.ts';
import type { Sys } from '../sys.ts';
import { findCgroupRoot } from './cgroup/apply.ts';
import { refuseUnsupported } from './config.ts';
import { devicesOf, prepareHostDevice } from './devices.ts';
import { checkHooks, type HookState } from './hooks.ts';
import { checkNames } from './hostname.ts';
import { copyTree } from './mount-tree.ts';
import { prepareMount } from './mounts.ts';
import { type NamespacePlan, planNamespaces } from './namespaces.ts';
import { resolveFrom } from './path.ts';
import { planProcess, type ProcessPlan } from './process-plan.ts';
import { openProcfs } from './procfs.ts';
import { type PreparedRoot, rootPropagation } from './rootfs.ts';
import type { Stdio } from './stdio.ts';
import { step } from './step.ts';
import { checkSysctl } from './sysctl.ts';

export interface Preparation {
  readonly config: RuntimeConfig;
  readonly stdio: Stdio;
  readonly namespaces: NamespacePlan;
  readonly root: PreparedRoot;
  readonly process: ProcessPlan;
  /** The runtime's own /proc, checked to be one. */
  readonly procFd: number;
  /** Absolute path of the root on the host. */
  readonly rootPath: string;
  /** What hooks are told of the container, without what changes. */
  readonly state: Omit<HookState, 'status' | 'pid'>;
  /** How many descriptors from 3 on the program is to have. */
  readonly preserveFds: number;
  /** Listening socket of the start gate; without one the process is let go over the channel. */
  readonly gate?: number;
}

export interface PrepareOptions {
  readonly id: string;
  readonly bundle: string;
  readonly config: RuntimeConfig;
  readonly stdio: Stdio;
  readonly preserveFds?: number;
  /** Told what the container starts without: "capability "CAP_X" is left out: it is not known". */
  readonly warn: (text: string) => void;
}

/**
 * Checks the configuration as a whole and opens what the container needs from the host. Every descriptor opened is added to
 * `opened`, also when a later step throws; the caller closes them.
 */
export function prepare(sys: Sys, options: PrepareOptions, opened: number[]): Preparation {
  const { id, bundle, config, stdio, warn, preserveFds = 0 } = options;
  refuseUnsupported(config);
  checkHooks(config.hooks ?? {});
  const rootPath = resolveFrom(bundle, config.root.path);
  const namespaces = planNamespaces(sys, config.linux, opened);
  checkNames(config, namespaces);
  checkSysctl(config.linux?.sysctl ?? {}, namespaces.use);
  const procFd = openProcfs(sys);
  opened.push(procFd);
  const inUserNamespace = namespaces.use('user') !== 'host';
  return {
    config,
    stdio,
    namespaces,
    root: prepareRoot(sys, config, rootPath, bundle, namespaces, opened),
    process: planProcess(sys, { config, process: config.process, inUserNamespace, isFirst: true, warn }),
    procFd,
    rootPath,
    state: { ociVersion: config.ociVersion, id, bundle, annotations: config.annotations ?? {} },
    preserveFds,
  };
}

function prepareRoot(
  sys: Sys,
  config: RuntimeConfig,
  path: string,
  bundle: string,
  namespaces: NamespacePlan,
  opened: number[],
): PreparedRoot {
  const tree = step(`root ${path}: open`, () => copyTree(sys, AT_FDCWD, path, true));
  opened.push(tree);
  const devices = devicesOf(config.linux?.devices ?? []);
  const mayMakeNodes = namespaces.use('user') === 'host';
  return {
    tree,
    mounts: (config.mounts ?? []).map((mount) => prepareMount(sys, reachable(sys, mount, namespaces), bundle, opened)),
    devices: devices.map((device) => (mayMakeNodes ? { device } : prepareHostDevice(sys, device, opened))),
    propagation: rootPropagation(config.linux?.rootfsPropagation),
  };
}

/** A user namespace may not mount the host's cgroups, only those of a cgroup namespace that it owns; it gets them bound. */
function reachable(sys: Sys, mount: Mount, { use }: NamespacePlan): Mount {
  if ((mount.type !== 'cgroup' && mount.type !== 'cgroup2') || use('user') === 'host' || use('cgroup') === 'new')
    return mount;
  const source = findCgroupRoot(sys);
  return source === undefined
    ? mount
    : { ...mount, type: 'bind', source, options: [...(mount.options ?? []), 'rbind'] };
}
