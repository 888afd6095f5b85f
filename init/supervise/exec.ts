// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { bundleFilterName } from '../../seccomp/filter-file.ts';
import { isFrozen } from '../container/cgroup/frozen.ts';
import { openRunningCgroup } from '../container/cgroup/join.ts';
import type { CreatedContainer } from '../container/create.ts';
import { execProcess } from '../container/exec.ts';
import type { ContainerPlan } from '../contract/container-plan.ts';
import type { Process } from '../contract/runtime-config.ts';
import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from '../linux.ts';
import type { ExecStdio, Machine, Program, ProgramCalls } from './machine.ts';
import { idOf, readConfig } from './own-bundle.ts';
import { startProgram } from './program.ts';

/** Runs a further program in a container of the boot plan, as LaunchedContainer says. */
export function execInContainer(
  { sys, loop, reaper, console }: Pick<Machine, 'sys' | 'loop' | 'reaper' | 'console'>,
  plan: ContainerPlan,
  { pid, pidfd, cgroup: place }: Pick<CreatedContainer, 'pid' | 'pidfd' | 'cgroup'>,
  args: readonly string[],
  stdio: ExecStdio,
  calls: ProgramCalls,
): Program {
  // It would be frozen as well, and only be told to take too long.
  if (isFrozen(sys, place)) throw new Error('the container is frozen');
  const { input, output } = 'output' in stdio ? stdio : {};
  const needed = [pidfd, input, output].filter((fd) => fd !== undefined);
  return startProgram(
    { sys, loop, reaper, warn: (text) => console.warn(`${plan.name}: ${text}`) },
    ({ onSpawned, warn }) => {
      // The configuration is read anew each time: kept, it would be most of what a service costs PID 1 in memory.
      const config = readConfig(sys, plan);
      const nothing = sys.openat(AT_FDCWD, '/dev/null', O_RDONLY | O_CLOEXEC, 0);
      return execProcess(sys, {
        id: idOf(plan),
        bundle: plan.bundle,
        seccompFile: `${plan.bundle}/${bundleFilterName}`,
        init: { pid, pidfd },
        config,
        process: { ...config.process, args, ...terminalOf(config.process, stdio) },
        cgroup: openRunningCgroup(sys, place, { below: [], init: pid }),
        stdio: { stdin: input ?? nothing, stdout: output ?? nothing, stderr: output ?? nothing },
        onSpawned,
        warn,
      });
    },
    needed,
    calls,
  );
}

function terminalOf({ env = [] }: Process, stdio: ExecStdio): Pick<Process, 'terminal' | 'consoleSize' | 'env'> {
  if (!('rows' in stdio)) return { terminal: false };
  return {
    terminal: true,
    consoleSize: { height: stdio.rows, width: stdio.columns },
    env: env.some((variable) => variable.startsWith('TERM=')) ? env : [...env, 'TERM=xterm'],
  };
}
