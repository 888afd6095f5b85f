// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { bundleFilterName } from '../../seccomp/filter-file.ts';
import { cgroupMount } from '../boot/cgroups.ts';
import type { Modules } from '../boot/modules.ts';
import { releaseBundle, prepareBundle } from '../container/bundle.ts';
import { type PreparedProcess, prepareProcess } from '../container/bundle-process.ts';
import { destroyCgroup } from '../container/cgroup/destroy.ts';
import { openRunningCgroup } from '../container/cgroup/join.ts';
import { killAll } from '../container/cgroup/kill.ts';
import type { CgroupPlace } from '../container/cgroup/place.ts';
import { type CreatedContainer, createContainer } from '../container/create.ts';
import { type ExecutedProcess, execProcess } from '../container/exec.ts';
import { linkType } from '../container/network/interfaces.ts';
import type { BundleRuntime, ContainerPlan, Mount, RuntimeConfig } from '../contract.ts';
import { describeError, errnoOf, readText, readTextIfPresent } from '../files.ts';
import { parseJson } from '../json.ts';
import { AT_FDCWD, O_CLOEXEC, O_RDONLY, SIGKILL } from '../linux.ts';
import { quietly } from '../log/quietly.ts';
import type { Sys } from '../sys.ts';
import type { Console } from './console.ts';
import { loadFileSystems } from './file-systems.ts';
import type { ExecStdio, Launch, LaunchedContainer, Usage } from './machine.ts';
import { describeOutOfMemory } from './out-of-memory.ts';
import { createPods } from './pods.ts';
import { createSecrets, forgetSecrets } from './secrets.ts';
import { type FailedVolumes, requireVolumes } from './volumes.ts';

/**
 * Starts containers from the bundles that the build made, through the same path as tsrun. `modules` provides the file systems
 * that a bundle's mounts need; a container whose volume `failed` is refused. What a container has to do without, and what cannot be cleaned up, goes to the console.
 */
export function createLaunch(console: Console, modules: Modules | undefined, failed: FailedVolumes): Launch {
  const provideSecrets = createSecrets(modules);
  const providePod = createPods();
  return (sys, plan, output) => {
    requireVolumes(plan, failed);
    if (plan.pod !== undefined) providePod(sys, plan.pod);
    const secrets = provideSecrets(sys, plan);
    const runtime = readOwnJson(sys, `${plan.bundle}/runtime.json`) as BundleRuntime;
    loadModules(modules, runtime);
    prepareBundle(sys, plan.bundle, runtime);
    const release = (): void => tell(console, plan, () => releaseBundle(sys, plan.bundle, runtime));
    try {
      const created = createInBundle(sys, console, plan, output, secrets);
      forgetSecrets(sys, secrets);
      const prepared = prepareOrAbort(sys, plan, created, runtime);
      return launched(sys, console, plan, { created, prepared, release });
    } catch (error) {
      forgetSecrets(sys, secrets);
      release();
      throw error;
    }
  };
}

/**
 * JSON that the build wrote, which needs no check of its shape. The engine's own reader is 30 times faster than ours, and
 * right as long as no integer is longer than 15 digits.
 */
function readOwnJson(sys: Sys, path: string): unknown {
  const text = readText(sys, path);
  return /[0-9]{16}/.test(text) ? parseJson(text) : JSON.parse(text);
}

function readConfig(sys: Sys, { bundle }: ContainerPlan): RuntimeConfig {
  return readOwnJson(sys, `${bundle}/config.json`) as RuntimeConfig;
}

/** The bundle's folder is unique where names are not: an onboot name may repeat. */
function idOf({ bundle }: ContainerPlan): string {
  return bundle.slice(bundle.lastIndexOf('/') + 1);
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

function launched(
  sys: Sys,
  console: Console,
  plan: ContainerPlan,
  { created, prepared, release }: Standing,
): LaunchedContainer {
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
    exec: (args, stdio) => execInContainer(sys, console, plan, { pid, pidfd, cgroup }, args, stdio),
    usage: () => usageOf(sys, cgroup),
    outOfMemory: () => tell(console, plan, () => describeOutOfMemory(sys, cgroup)),
    release() {
      sys.close(pidfd);
      tell(console, plan, () => destroyCgroup(sys, cgroup));
      if (plan.unit.isService) tell(console, plan, () => prepared.end());
      runPoststopHooks();
      release();
    },
  };
}

/**
 * The configuration is read anew each time: kept, it would be most of what a service costs PID 1 in memory.
 */
function execInContainer(
  sys: Sys,
  console: Console,
  plan: ContainerPlan,
  { pid, pidfd, cgroup: place }: Pick<CreatedContainer, 'pid' | 'pidfd' | 'cgroup'>,
  args: readonly string[],
  stdio: ExecStdio,
): ExecutedProcess {
  // Its process would be frozen as well before it has told us that it is there, which is waited for.
  if (readTextIfPresent(sys, `${place.v2 ?? ''}/cgroup.events`)?.includes('frozen 1') === true)
    throw new Error('the container is frozen');
  const config = readConfig(sys, plan);
  const nothing = sys.openat(AT_FDCWD, '/dev/null', O_RDONLY | O_CLOEXEC, 0);
  const { input = nothing, output } = 'output' in stdio ? stdio : { output: nothing };
  const { env = [] } = config.process;
  const terminal =
    'rows' in stdio
      ? {
          terminal: true,
          consoleSize: { height: stdio.rows, width: stdio.columns },
          env: env.some((variable) => variable.startsWith('TERM=')) ? env : [...env, 'TERM=xterm'],
        }
      : { terminal: false };
  let cgroup: ReturnType<typeof openRunningCgroup> | undefined;
  try {
    cgroup = openRunningCgroup(sys, place, { below: [], init: pid });
    return execProcess(sys, {
      id: idOf(plan),
      bundle: plan.bundle,
      seccompFile: `${plan.bundle}/${bundleFilterName}`,
      init: { pid, pidfd },
      config,
      process: { ...config.process, args, ...terminal },
      cgroup,
      stdio: { stdin: input, stdout: output, stderr: output },
      warn: (text) => console.warn(`${plan.name}: ${text}`),
    });
  } finally {
    sys.close(nothing);
    if (cgroup?.fd !== undefined) sys.close(cgroup.fd);
  }
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
