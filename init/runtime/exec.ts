// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { openRunningCgroup } from '../container/cgroup/join.ts';
import { decodeConfig, decodeProcess } from '../container/decode.ts';
import { type ExecutedProcess, execProcess } from '../container/exec.ts';
import { enterForeground, type Foreground } from '../container/terminal/foreground.ts';
import { step } from '../container/step.ts';
import type { Process, RuntimeConfig } from '../contract/runtime-config.ts';
import { readText } from '../files.ts';
import { SIGKILL } from '../linux.ts';
import type { Sys } from '../sys.ts';
import { endingOf, exitCodeOf } from '../ending.ts';
import { checkTerminal, sendDescriptor } from './descriptor-socket.ts';
import { type ExecArguments, parseExecArguments } from './exec-options.ts';
import type { GlobalOptions } from './global-options.ts';
import type { Log } from './log.ts';
import { writePidFile } from './pid-file.ts';
import { preservedDescriptors } from './preserved-descriptors.ts';
import { openProcess } from './process-end.ts';
import type { ContainerState } from './state-file.ts';
import { statusOf } from './status.ts';
import { loadConfig, loadState, seccompCacheName, withFolder } from './store.ts';

/** A running container as "exec" needs it. */
interface Target {
  readonly state: ContainerState;
  readonly config: RuntimeConfig;
  readonly pidfd: number;
}

/**
 * "exec ID PROGRAM": runs a further process in a container, waits for it with signals passed on, and returns its exit code;
 * detached it returns 0 once the program runs.
 */
export function exec(sys: Sys, global: GlobalOptions, words: readonly string[], log: Log): number {
  const options = parseExecArguments(sys, words);
  const preserved = preservedDescriptors(sys, options.preserveFds, log);
  const target = step(`exec in "${options.id}"`, () => openTarget(sys, global, options));
  const process = processOf(sys, target.config, options);
  checkTerminal(process.terminal === true, options.detach, options.consoleSocket);
  const execution = { root: global.root, target, process, options, preserved };
  if (options.detach) {
    handOver(sys, execute(sys, execution, log), options);
    return 0;
  }
  const foreground = enterForeground(sys);
  try {
    // With a console socket the terminal is someone else's to show.
    const shown = options.consoleSocket === undefined ? foreground : undefined;
    const executed = execute(sys, execution, log, shown);
    handOver(sys, executed, options);
    return exitCodeOf(endingOf(foreground.wait(executed)));
  } finally {
    foreground.leave();
  }
}

/** All that a process in a container is made of. */
interface Execution {
  readonly root: string;
  readonly target: Target;
  readonly process: Process;
  readonly options: ExecArguments;
  readonly preserved: readonly number[];
}

function openTarget(sys: Sys, { root }: GlobalOptions, { id, ignorePaused }: ExecArguments): Target {
  return withFolder(sys, root, id, 'read', (folder) => {
    const state = loadState(sys, folder);
    const status = statusOf(sys, folder, state);
    if (status === 'paused' && !ignorePaused)
      throw new Error('cannot exec in a paused container (use --ignore-paused to override)');
    const pidfd = status === 'stopped' || status === 'creating' ? undefined : openProcess(sys, state.process);
    if (pidfd === undefined) throw new Error(`cannot exec in a ${status} container`);
    return { state, config: decodeConfig(loadConfig(sys, folder)), pidfd };
  });
}

function processOf(sys: Sys, config: RuntimeConfig, { processFile, change }: ExecArguments): Process {
  return processFile === undefined
    ? change(config.process)
    : step(processFile, () => decodeProcess(readText(sys, processFile)));
}

function execute(
  sys: Sys,
  { root, target, process, options, preserved }: Execution,
  log: Log,
  foreground?: Foreground,
): ExecutedProcess {
  const { state, config, pidfd } = target;
  const init = state.process?.pid ?? 0;
  const cgroup = openRunningCgroup(sys, state.cgroup ?? {}, { below: options.cgroups, init });
  return execProcess(sys, {
    id: options.id,
    bundle: state.bundle,
    seccompCache: `${root}/${seccompCacheName}`,
    init: { pid: init, pidfd },
    config,
    process,
    cgroup,
    stdio: { stdin: 0, stdout: 1, stderr: 2 },
    preserveFds: preserved,
    noNewKeyring: state.sharesKeyring === true,
    onTerminal: (master) => foreground?.attach(master),
    warn: (text) => log.warn(text),
  });
}

/** Tells the caller of the process. One that cannot be told of is ended. */
function handOver(sys: Sys, { pid, pidfd, terminal }: ExecutedProcess, options: ExecArguments): void {
  const { consoleSocket, pidfdSocket, pidFile } = options;
  try {
    if (consoleSocket !== undefined && terminal !== undefined)
      sendDescriptor(sys, consoleSocket, terminal, '/dev/ptmx');
    if (pidfdSocket !== undefined) sendDescriptor(sys, pidfdSocket, pidfd, 'pidfd');
    if (pidFile !== undefined) writePidFile(sys, pidFile, pid);
  } catch (error) {
    sys.pidfdSendSignal(pidfd, SIGKILL);
    sys.wait4(pid, 0);
    throw error;
  }
}
