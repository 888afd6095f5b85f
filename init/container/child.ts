// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What the cloned process does until it is the container's program: it goes on in TypeScript, in the container's namespaces.

import type { Process } from '../contract/runtime-config.ts';
import { CLONE_NEWCGROUP, CLONE_NEWUSER, PR_SET_DUMPABLE } from '../linux.ts';
import type { Sys } from '../sys.ts';
import { closeOthers } from './descriptors.ts';
import { ask, awaitGo, sendFailure } from './channel.ts';
import { completeEnvironment } from './process/environment.ts';
import { hasHooks, type HookPlace, runHooks } from './hooks.ts';
import { bringLoopbackUp, setNames } from './namespace/hostname.ts';
import { joinOwnKeyring } from './namespace/keyring.ts';
import { openRouteSocket } from './network/links.ts';
import type { Preparation } from './prepare.ts';
import { applyLimits } from './process/process-limits.ts';
import { becomeProcess, execute, type Program } from './process/process.ts';
import { fetchOver } from './root/root-fetch.ts';
import { buildRoot, enterRoot } from './root/rootfs.ts';
import { openLabels } from './process/security-labels.ts';
import { awaitStart, holdEndingSignals } from './start-gate.ts';
import { installStdio } from './process/stdio.ts';
import { step } from './step.ts';
import { applySysctl } from './namespace/sysctl.ts';
import { bindConsole, installTerminal, openTerminal } from './terminal/terminal.ts';
import { becomeRoot } from './namespace/user-mappings.ts';

/**
 * Turns the process into the container and never returns. It stops for the runtime: until a new user namespace has its maps;
 * "mounted" until the runtime's hooks have run and it has its network devices; "built" until its limits are set, where it may
 * not set them itself; "ready" until it may start. With a gate it may then only wait there. A failure is sent as "failed" to
 * the runtime, or to who came to the gate.
 */
export function runChild(sys: Sys, channel: number, preparation: Preparation): never {
  let starter = channel;
  try {
    const program = becomeContainer(sys, channel, preparation);
    starter = waitForStart(sys, channel, preparation.gate);
    runInContainer(sys, 'startContainer', preparation, { env: program.env });
    return execute(sys, program, starter);
  } catch (error) {
    return sendFailure(sys, starter, error);
  }
}

/** The hooks that are run by the container's own process see its own number of it. */
function runInContainer(
  sys: Sys,
  name: 'createContainer' | 'startContainer',
  { config, state }: Preparation,
  place: HookPlace = {},
): void {
  const status = name === 'createContainer' ? 'creating' : 'created';
  if (hasHooks(config.hooks, name)) runHooks(sys, name, config.hooks, { ...state, status, pid: sys.getpid() }, place);
}

/** Returns the connection to whoever started the container. */
function waitForStart(sys: Sys, channel: number, gate: number | undefined): number {
  ask(sys, channel, 'ready');
  if (gate === undefined) return channel;
  // The runtime may end now. Its number is free for the connection, where a limit leaves room for no other.
  sys.close(channel);
  return awaitStart(sys, gate);
}

function becomeContainer(sys: Sys, channel: number, preparation: Preparation): Program {
  const { config, namespaces, gate } = preparation;
  // Modes given to mkdir and mknod are meant.
  sys.umask(0);
  sys.setsid();
  if (gate !== undefined) holdEndingSignals(sys);
  // Until its maps are written, which nothing but this waits for.
  if ((namespaces.cloneFlags & CLONE_NEWUSER) !== 0) awaitGo(sys, channel);
  if (namespaces.use('user') !== 'host') becomeRoot(sys);
  // Others in a joined pid namespace may not look into the process while it holds the runtime's memory, rights and
  // descriptors (CVE-2016-9962); execve takes it back.
  sys.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  if (preparation.ownKeyring) joinOwnKeyring(sys, preparation.state.id, namespaces.use('user') !== 'host');
  if (namespaces.use('cgroup') === 'new') step('make a cgroup namespace', () => sys.unshare(CLONE_NEWCGROUP));
  setNames(sys, config);
  if (namespaces.use('network') === 'new') bringLoopbackUp(sys);
  const { root } = preparation;
  const built = buildRoot(sys, root, root.fetches ? fetchOver(sys, channel, root) : undefined);
  askForTheOutside(sys, channel, preparation);
  sys.fchdir(built.fd);
  runInContainer(sys, 'createContainer', preparation);
  // Those of interfaces that hooks have made, too.
  applySysctl(sys, preparation.procFd, config.linux?.sysctl ?? {});
  enterRoot(sys, root, built, preparation.changeOfRoot);
  if (config.process.terminal === true) takeTerminal(sys, channel, config.process);
  else installStdio(sys, preparation.stdio);
  const labels = openLabels(sys, preparation.procFd, preparation.process.labels);
  const needed = [channel, ...labels.map(({ fd }) => fd), ...(gate === undefined ? [] : [gate])];
  // Before anything of the image is opened: /proc/self/fd would lead to what the runtime has open.
  closeOthers(sys, preparation.preserveFds, needed);
  const env = completeEnvironment(sys, config.process.env ?? [], config.process.user.uid);
  // Without a user namespace in between it has the privileges of the runtime itself.
  if (namespaces.use('user') === 'host') applyLimits(sys, 0, preparation.process);
  else ask(sys, channel, 'built');
  return becomeProcess(sys, preparation.process, env, labels);
}

/** Lets the runtime act on a container whose mounts are made: restrict devices, move interfaces into it, run hooks. */
function askForTheOutside(sys: Sys, channel: number, { config: { hooks, linux }, root }: Preparation): void {
  const movesDevices = Object.keys(linux?.netDevices ?? {}).length > 0;
  if (!movesDevices && !root.mountsDevices && !hasHooks(hooks, 'prestart', 'createRuntime')) return;
  const sockets = movesDevices ? [openRouteSocket(sys)] : [];
  ask(sys, channel, 'mounted', sockets);
  for (const socket of sockets) sys.close(socket);
}

/** Hands the other end to the runtime; everything is by descriptor before a process of the image could interfere. */
function takeTerminal(sys: Sys, channel: number, { consoleSize }: Process): void {
  const terminal = openTerminal(sys, consoleSize);
  bindConsole(sys, terminal);
  ask(sys, channel, 'terminal', [terminal.master]);
  installTerminal(sys, terminal);
}
