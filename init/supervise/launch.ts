// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { bundleFilterName } from '../../seccomp/filter-file.ts';
import { cgroupMount } from '../boot/cgroups.ts';
import type { Modules } from '../boot/modules.ts';
import { releaseBundle, prepareBundle } from '../container/bundle.ts';
import { type PreparedProcess, prepareProcess } from '../container/bundle-process.ts';
import { killAll } from '../container/cgroup/kill.ts';
import type { CgroupPlace } from '../container/cgroup/place.ts';
import { type CreatedContainer, createContainer } from '../container/create.ts';
import { linkType } from '../container/network/interfaces.ts';
import type { BundleRuntime } from '../contract/bundle-runtime.ts';
import type { ContainerPlan } from '../contract/container-plan.ts';
import type { Mount } from '../contract/runtime-config.ts';
import type { PartitionStatus } from '../contract/status.ts';
import { describeError, errnoOf, readTextIfPresent } from '../files.ts';
import { AT_FDCWD, O_CLOEXEC, O_RDONLY, SIGKILL } from '../linux.ts';
import { quietly } from '../log/quietly.ts';
import type { Sys } from '../sys.ts';
import { endCgroup } from './cgroup-end.ts';
import type { Console } from './console.ts';
import { execInContainer } from './exec.ts';
import { loadFileSystems } from './file-systems.ts';
import type { Launch, LaunchedContainer, Machine, Usage } from './machine.ts';
import { describeOutOfMemory } from './out-of-memory.ts';
import { idOf, readConfig, readRuntime } from './own-bundle.ts';
import { requirePartitions } from './partitions.ts';
import { createPods } from './pods.ts';
import { createSecrets, forgetSecrets } from './secrets.ts';
import { type FailedVolumes, requireVolumes } from './volumes.ts';

/** Seconds that PID 1 waits for a container's process, and nobody else is served: less than a usual watchdog waits for PID 1. */
const startPatience = 20;

/** What was mounted for containers before the first of them, or was not. */
export interface MountedFolders {
  readonly volumes: FailedVolumes;
  readonly partitions: readonly PartitionStatus[];
}

/** What launching needs of the machine. */
type Held = Pick<Machine, 'sys' | 'loop' | 'reaper' | 'console'>;

/**
 * Starts containers from the bundles that the build made, through the same path as tsrun. `modules` provides the file systems
 * that a bundle's mounts need; a container that needs what is not mounted is refused. What a container has to do without, and what cannot be cleaned up, goes to the console.
 */
export function createLaunch(held: Held, modules: Modules | undefined, folders: MountedFolders): Launch {
  const provideSecrets = createSecrets(modules);
  const enterPod = createPods(held);
  return (sys, plan, output) => {
    requirePartitions(plan, folders.partitions);
    requireVolumes(plan, folders.volumes);
    const leavePod = enterPod(plan);
    try {
      return launchIn(leavePod);
    } catch (error) {
      leavePod();
      throw error;
    }

    function launchIn(leave: () => void): LaunchedContainer {
      const { console } = held;
      const secrets = provideSecrets(sys, plan);
      const runtime = readRuntime(sys, plan);
      loadModules(modules, runtime);
      prepareBundle(sys, plan.bundle, runtime);
      const release = (): void => {
        tell(console, plan, () => releaseBundle(sys, plan.bundle, runtime));
        leave();
      };
      try {
        const created = createInBundle(sys, console, plan, output, secrets);
        forgetSecrets(sys, secrets);
        const prepared = prepareOrAbort(sys, plan, created, runtime);
        return launched(held, plan, { created, prepared, release });
      } catch (error) {
        forgetSecrets(sys, secrets);
        release();
        throw error;
      }
    }
  };
}

/** What the kernel would ask for through its helper, a process each; here the index is open already. */
function loadModules(modules: Modules | undefined, runtime: BundleRuntime): void {
  loadFileSystems(modules, runtime.mounts ?? []);
  for (const one of runtime.interfaces ?? []) {
    const type = linkType(one);
    if (type !== undefined) modules?.loadByAlias(`rtnl-link-${type}`);
  }
}

function createInBundle(
  sys: Sys,
  console: Console,
  plan: ContainerPlan,
  { stdout, stderr }: Parameters<Launch>[2],
  secrets: readonly Mount[],
): CreatedContainer {
  const { bundle, name } = plan;
  const config = readConfig(sys, plan);
  if (config.process.terminal === true)
    throw new Error(
      `${bundle}/config.json: process.terminal: expected false, because nobody sits at a service's terminal`,
    );
  const stdin = sys.openat(AT_FDCWD, '/dev/null', O_RDONLY | O_CLOEXEC, 0);
  try {
    return createContainer(sys, {
      id: idOf(plan),
      bundle,
      // Last, so that no mount of a folder covers them.
      config: { ...config, mounts: [...(config.mounts ?? []), ...secrets] },
      cgroupRoot: cgroupMount,
      lateCpuTime: true,
      patience: startPatience,
      seccompFile: `${bundle}/${bundleFilterName}`,
      stdio: { stdin, stdout, stderr },
      warn: (text) => console.warn(`${name}: ${text}`),
    });
  } finally {
    sys.close(stdin);
  }
}

function prepareOrAbort(
  sys: Sys,
  { bundle }: ContainerPlan,
  created: CreatedContainer,
  runtime: BundleRuntime,
): PreparedProcess {
  try {
    return prepareProcess(sys, bundle, created.pid, runtime);
  } catch (error) {
    created.abort();
    throw error;
  }
}

/** All that there is of a container before its program runs. */
interface Standing {
  readonly created: CreatedContainer;
  readonly prepared: PreparedProcess;
  readonly release: () => void;
}

function launched(held: Held, plan: ContainerPlan, { created, prepared, release }: Standing): LaunchedContainer {
  const { sys, console } = held;
  const { pid, pidfd, cgroup, runPoststopHooks } = created;
  // Let go once it has been called: it holds the whole configuration.
  let start: (() => void) | undefined = created.start;
  function signal(number: number): void {
    try {
      sys.pidfdSendSignal(pidfd, number);
    } catch (error) {
      if (errnoOf(error) !== 'ESRCH') throw error;
    }
  }
  return {
    pid,
    start() {
      try {
        start?.();
        start = undefined;
      } catch (error) {
        tell(console, plan, () => prepared.takeBack());
        release();
        throw error;
      }
      // What a service got is taken back when it ends. What others get is theirs to leave behind.
      if (!plan.unit.isService) prepared.settle();
    },
    signal,
    kill() {
      tell(console, plan, () => killAll(sys, cgroup, SIGKILL));
    },
    exec: (args, stdio, calls) => execInContainer(held, plan, created, args, stdio, calls),
    usage: () => usageOf(sys, cgroup),
    outOfMemory: () => tell(console, plan, () => describeOutOfMemory(sys, cgroup)),
    release(onDone) {
      sys.close(pidfd);
      endCgroup(held, cgroup, (failure) => {
        if (failure !== undefined) console.warn(`${plan.name}: cleaning up: ${failure}`);
        if (plan.unit.isService) tell(console, plan, () => prepared.end());
        runPoststopHooks();
        release();
        onDone();
      });
    },
  };
}

function usageOf(sys: Sys, { v2 }: CgroupPlace): Usage {
  const text = (name: string): string => quietly(() => readTextIfPresent(sys, `${v2 ?? ''}/${name}`)) ?? '';
  const memory = text('memory.current');
  const cpu = /^usage_usec ([0-9]+)/.exec(text('cpu.stat'))?.[1];
  return {
    ...(memory === '' ? {} : { memory: Number(memory) }),
    ...(cpu === undefined ? {} : { cpu: Number(cpu) / 1e6 }),
  };
}

/** Cleaning up goes on whatever fails of it. */
function tell<T>(console: Console, plan: ContainerPlan, act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    console.warn(`${plan.name}: cleaning up: ${describeError(error)}`);
    return undefined;
  }
}
