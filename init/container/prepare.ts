// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Everything that is decided and opened before the container's process exists, by the runtime with its own privileges.

import type { RuntimeConfig } from '../contract/runtime-config.ts';
import type { Sys } from '../sys.ts';
import { refuseUnsupported } from './config.ts';
import { checkHooks, type HookState } from './hooks.ts';
import { checkNames } from './namespace/hostname.ts';
import { checkNetDevices } from './network/net-devices.ts';
import { type NamespacePlan, planNamespaces } from './namespace/namespaces.ts';
import { planProcess, type ProcessPlan } from './process/process-plan.ts';
import { openProcfs } from './procfs.ts';
import type { ChangeOfRoot } from './root/root-change.ts';
import { planRoot, type RootPlan } from './root/root-plan.ts';
import type { Stdio } from './process/stdio.ts';
import { checkSysctl } from './namespace/sysctl.ts';

/** All that the container's process needs, checked and opened before there is one. */
export interface Preparation {
  readonly config: RuntimeConfig;
  readonly stdio: Stdio;
  readonly namespaces: NamespacePlan;
  readonly root: RootPlan;
  readonly changeOfRoot: ChangeOfRoot;
  readonly process: ProcessPlan;
  /** The runtime's own /proc, checked to be one. */
  readonly procFd: number;
  /** What hooks are told of the container, without what changes. */
  readonly state: Omit<HookState, 'status' | 'pid'>;
  /** Whether it gets a session keyring of its own. */
  readonly ownKeyring: boolean;
  /** How many descriptors from 3 on the program is to have. */
  readonly preserveFds: readonly number[];
  /** Listening socket of the start gate; without one the process is let go over the channel. */
  readonly gate?: number;
}

/** What prepare goes by. */
export interface PrepareOptions {
  readonly id: string;
  readonly bundle: string;
  readonly config: RuntimeConfig;
  readonly stdio: Stdio;
  readonly preserveFds?: readonly number[];
  readonly noPivot?: boolean;
  readonly noNewKeyring?: boolean;
  readonly seccompFile?: string;
  readonly seccompCache?: string;
  /** Told what the container starts without: "unknown capabilities are left out: CAP_X". */
  readonly warn: (text: string) => void;
}

/**
 * Checks the configuration as a whole and opens what the container needs from the host. Every descriptor opened is added to
 * `opened`, also when a later step throws; the caller closes them.
 */
export function prepare(sys: Sys, options: PrepareOptions, opened: number[]): Preparation {
  const { id, bundle, config, stdio, warn, seccompFile, seccompCache, preserveFds = [] } = options;
  refuseUnsupported(config);
  checkHooks(config.hooks ?? {});
  const namespaces = planNamespaces(sys, config.linux, opened);
  checkNames(config, namespaces);
  checkNetDevices(config.linux?.netDevices, namespaces.use('network'));
  checkSysctl(config.linux?.sysctl ?? {}, namespaces.use);
  const procFd = openProcfs(sys);
  opened.push(procFd);
  const inUserNamespace = namespaces.use('user') !== 'host';
  return {
    config,
    stdio,
    namespaces,
    root: planRoot(sys, config, bundle, namespaces.use, warn),
    changeOfRoot: changeOfRoot(options, namespaces),
    process: planProcess(sys, {
      config,
      process: config.process,
      seccompFile,
      seccompCache,
      inUserNamespace,
      isFirst: true,
      warn,
    }),
    procFd,
    state: { ociVersion: config.ociVersion, id, bundle, annotations: config.annotations ?? {} },
    ownKeyring: options.noNewKeyring !== true,
    preserveFds,
  };
}

function changeOfRoot({ noPivot }: PrepareOptions, { use }: NamespacePlan): ChangeOfRoot {
  if (use('mount') === 'host') return 'chroot';
  return noPivot === true ? 'move' : 'pivot';
}
