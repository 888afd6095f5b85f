// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The last steps before the container's program runs, inside its root: user, groups, capabilities, working directory
// (config.md, Process). The order is the point: each step gives up what later ones do not need.

import type { CompiledFilter } from '../../../seccomp/compile.ts';
import { capabilityNames } from '../../contract/runtime-config.ts';
import { errnoOf, makeFolder } from '../../files.ts';
import { PR_SET_KEEPCAPS, PR_SET_NO_NEW_PRIVS, SIG_SETMASK } from '../../linux.ts';
import type { Sys } from '../../sys.ts';
import { applyCapabilities, type CapabilityMasks, limitBoundingSet } from './capabilities.ts';
import { execFailure, findExecutable } from './executable.ts';
import { applyMemoryPolicy } from './memory-policy.ts';
import { cleanPath } from '../path.ts';
import type { ProcessPlan } from './process-plan.ts';
import { executeFiltered } from '../seccomp/seccomp.ts';
import { applyLabels, type OpenLabel } from './security-labels.ts';
import { ownStdio } from './stdio.ts';
import { step } from '../step.ts';

const defaultUmask = 0o022;
const sysAdmin: bigint = 1n << BigInt(capabilityNames.indexOf('CAP_SYS_ADMIN'));

/** What execve is given, once everything else is done. */
export interface Program {
  /** Empty, as `args` are, when the configuration has no process. */
  readonly file: string;
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly labels: readonly OpenLabel[];
  readonly filter: CompiledFilter | undefined;
  /** What is left to be set when the filter is loaded, which without no_new_privs takes CAP_SYS_ADMIN (seccomp(2)). */
  readonly lastCapabilities: CapabilityMasks | undefined;
}

/**
 * Turns the process into the container's user and finds its program; only execve is left to do. Opens nothing, since the
 * container's limits hold already. `env` is process.env, completed.
 */
export function becomeProcess(
  sys: Sys,
  plan: ProcessPlan,
  env: readonly string[],
  labels: readonly OpenLabel[],
): Program {
  const { process, personality, memoryPolicy, filter } = plan;
  const { now: capabilities, last: lastCapabilities } = capabilitiesToLoad(sys, plan);
  const { umask = defaultUmask } = process.user;
  const entered = enterFolder(sys, process.cwd, plan.isFirst);
  step('hand over standard streams', () => ownStdio(sys, process.user));
  if (personality !== undefined) step('linux.personality: set', () => sys.personality(personality));
  if (memoryPolicy !== undefined) applyMemoryPolicy(sys, memoryPolicy);
  limitBoundingSet(sys, capabilities.bounding);
  becomeUser(sys, plan);
  if (!entered) inFolder(process.cwd, () => sys.chdir(process.cwd));
  inFolder(process.cwd, () => refuseOutside(sys));
  applyCapabilities(sys, capabilities);
  if (process.noNewPrivileges === true) step('set no_new_privs', () => sys.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  sys.umask(umask);
  const [name] = process.args;
  const file = name === undefined ? '' : findExecutable(sys, name, env);
  return { file, args: process.args, env, labels, filter, lastCapabilities };
}

/**
 * Starts the program with default signal dispositions and an empty signal mask. Under its filter only what it asks for itself
 * is called: execve, and capset when capabilities had to be kept. `runtime` is told of the filter's listener. Without a program
 * the container is at its end.
 */
export function execute(sys: Sys, program: Program, runtime: number): never {
  const { file, args, env, labels, filter, lastCapabilities } = program;
  if (args.length === 0) return sys.exit(0);
  applyLabels(sys, labels);
  sys.sigreset([]);
  sys.sigprocmask(SIG_SETMASK, []);
  try {
    return filter === undefined
      ? sys.execve(file, args, env)
      : executeFiltered(sys, { file, args, env, filter, lastCapabilities }, runtime);
  } catch (error) {
    throw startFailure(file, error);
  }
}

/** The sets until the filter is loaded, and those for after it when they differ. */
function capabilitiesToLoad(
  sys: Sys,
  { process, capabilities, filter }: ProcessPlan,
): { readonly now: CapabilityMasks; readonly last: CapabilityMasks | undefined } {
  if (filter === undefined || process.noNewPrivileges === true) return { now: capabilities, last: undefined };
  const kept = sysAdmin & sys.capget().permitted;
  const effective = capabilities.effective | kept;
  const permitted = capabilities.permitted | kept;
  if (effective === capabilities.effective) return { now: capabilities, last: undefined };
  return { now: { ...capabilities, effective, permitted }, last: capabilities };
}

function startFailure(file: string, error: unknown): unknown {
  const syscall = error instanceof Error && 'syscall' in error ? error.syscall : '';
  if (syscall === 'seccomp') return new Error(`load the seccomp filter: ${errnoOf(error)}`, { cause: error });
  if (syscall === 'capset') return new Error(`set capabilities: ${errnoOf(error)}`, { cause: error });
  return execFailure(file, error);
}

function becomeUser(sys: Sys, { process, keepsGroups }: ProcessPlan): void {
  const { uid, gid, additionalGids = [] } = process.user;
  // Changing from root to another user would clear the permitted set, of which the container's is taken.
  sys.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
  if (!keepsGroups) step(`set additional groups ${additionalGids.join(', ')}`, () => setGroups(sys, additionalGids));
  step(`become group ${gid}`, () => sys.setresgid(gid, gid, gid));
  step(`become user ${uid}`, () => sys.setresuid(uid, uid, uid));
  sys.prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0);
}

/** False when root may not enter it (NFS, FUSE) but its user might. */
function enterFolder(sys: Sys, cwd: string, makesFolder: boolean): boolean {
  return inFolder(cwd, () => {
    try {
      sys.chdir(cwd);
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === 'EACCES' || errno === 'EPERM') return false;
      if (errno !== 'ENOENT' || !makesFolder) throw error;
      makeFolder(sys, cleanPath(cwd), 0o755);
      sys.chdir(cwd);
    }
    return true;
  });
}

function inFolder<T>(cwd: string, act: () => T): T {
  return step(`enter the working directory "${cwd}" (process.cwd)`, act);
}

/**
 * A path like /proc/self/fd/3 leads out of the container when a folder of the host is open (CVE-2024-21626). The kernel then
 * gives a path that starts with "(unreachable)" (getcwd(2)).
 */
function refuseOutside(sys: Sys): void {
  if (!sys.getcwd().startsWith('/'))
    throw new Error("expected a folder of the container, found one outside of the container's root");
}

/**
 * A user namespace that someone without privileges has made, for the container or around the runtime, may forbid to set
 * groups at all (user_namespaces(7), setgroups), to who has the capability, too; planProcess has warned of the first. Elsewhere
 * those of the runtime must go.
 */
function setGroups(sys: Sys, gids: readonly number[]): void {
  try {
    sys.setgroups(gids);
  } catch (error) {
    const CAP_SETGID = 1n << 6n;
    if (errnoOf(error) !== 'EPERM' || (sys.capget().effective & CAP_SETGID) === 0n) throw error;
  }
}
