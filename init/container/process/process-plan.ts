// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { CompiledFilter } from '../../../seccomp/compile.ts';
import type { Process, RuntimeConfig } from '../../contract/runtime-config.ts';
import type { SchedAttr, Sys } from '../../sys.ts';
import { allCapabilities, type CapabilityMasks, capabilityMasks } from './capabilities.ts';
import { type CpuAffinity, parseAffinity } from './cpu-affinity.ts';
import { parseIoPriority } from './io-priority.ts';
import { type NodePolicy, parseMemoryPolicy } from './memory-policy.ts';
import { parsePersonality } from './personality.ts';
import { parseResourceLimits, type ResourceLimit } from './rlimits.ts';
import { parseScheduler } from './scheduler.ts';
import { prepareSeccomp } from '../seccomp/seccomp.ts';
import { planLabels, type SecurityLabel } from './security-labels.ts';

/** A process of a container, its configuration checked and turned into what the kernel takes. */
export interface ProcessPlan {
  readonly process: Process;
  readonly capabilities: CapabilityMasks;
  readonly limits: readonly ResourceLimit[];
  readonly scheduler: SchedAttr | undefined;
  readonly ioPriority: number | undefined;
  /** Of a process that exec runs; the first one has none (config.md, execCPUAffinity). */
  readonly affinity: CpuAffinity | undefined;
  readonly personality: number | undefined;
  readonly memoryPolicy: NodePolicy | undefined;
  /** The last thing before its program. */
  readonly filter: CompiledFilter | undefined;
  readonly labels: readonly SecurityLabel[];
  /** The runtime's additional groups stay (podman's --group-add keep-groups, asked for by an annotation as of crun). */
  readonly keepsGroups: boolean;
  /** It is in a user namespace of the container's, not in the runtime's. */
  readonly inUserNamespace: boolean;
  /** It is the container's first: a missing working directory is made for it. */
  readonly isFirst: boolean;
}

/** What planProcess goes by. */
export interface ProcessPlanOptions {
  /** The container's. */
  readonly config: RuntimeConfig;
  readonly process: Process;
  /** As in SeccompOptions. */
  readonly seccompFile?: string | undefined;
  readonly seccompCache?: string | undefined;
  readonly inUserNamespace: boolean;
  readonly isFirst: boolean;
  /** Told what the process starts without: "unknown capabilities are left out: CAP_X". */
  readonly warn: (text: string) => void;
}

/** Checks a process's configuration, before anything of it exists. Throws an Error that names the key. */
export function planProcess(sys: Sys, options: ProcessPlanOptions): ProcessPlan {
  const { config, process, seccompFile: file, seccompCache: cache, inUserNamespace, isFirst, warn } = options;
  warnOfGroups(sys, process, inUserNamespace, warn);
  const available = inUserNamespace ? allCapabilities : sys.capget().permitted;
  return {
    process,
    capabilities: capabilityMasks(process.capabilities, available, warn),
    limits: parseResourceLimits(process.rlimits),
    scheduler: parseScheduler(process.scheduler),
    ioPriority: parseIoPriority(process.ioPriority),
    affinity: isFirst ? undefined : parseAffinity(process.execCPUAffinity),
    personality: parsePersonality(config.linux?.personality, warn),
    memoryPolicy: parseMemoryPolicy(config.linux?.memoryPolicy),
    filter: prepareSeccomp(sys, config.linux?.seccomp, { file, cache, warn }),
    labels: planLabels(sys, process, warn),
    keepsGroups: config.annotations?.['run.oci.keep_original_groups'] === '1',
    inUserNamespace,
    isFirst,
  };
}

/** Without privileges on the host, groups are given up for most user namespaces (user-mappings.ts); other runtimes go on too. */
function warnOfGroups(sys: Sys, { user }: Process, inUserNamespace: boolean, warn: (text: string) => void): void {
  const { additionalGids = [] } = user;
  if (inUserNamespace && additionalGids.length > 0 && sys.geteuid() !== 0)
    warn(`process.user.additionalGids: ${additionalGids.join(', ')} are left out if the user namespace forbids groups`);
}
