// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import * as sys from 'tskit:sys';
import { mountCgroups } from '../boot/cgroups.ts';
import { type Coldplug, createColdplug } from '../boot/coldplug.ts';
import { type CommandLine, isSet, parseCommandLine } from '../boot/command-line.ts';
import { makeModuleNodes } from '../boot/device-nodes.ts';
import { linkDevices } from '../boot/devices.ts';
import { setHostname } from '../boot/hostname.ts';
import { serveModuleRequests } from '../boot/kernel-helper.ts';
import { openModules } from '../boot/kernel-modules.ts';
import { raiseLimits } from '../boot/limits.ts';
import type { Modules } from '../boot/modules.ts';
import { mountSystem } from '../boot/mounts.ts';
import { raiseLoopback } from '../boot/network.ts';
import { checkRootIsComplete, readBootPlan } from '../boot/plan.ts';
import { orStop } from '../boot/or-stop.ts';
import { makeResolvConf } from '../boot/resolv-conf.ts';
import { makeRootMovable, sealRoot, shareMounts } from '../boot/root.ts';
import { createSteps, type Steps } from '../boot/steps.ts';
import { openUevents } from '../boot/uevents.ts';
import { createControlPorts } from '../control/port.ts';
import { serveClient, serveControl } from '../control/serve.ts';
import type { BootPlan } from '../contract/boot-plan.ts';
import { bootPlanPath, rootPlanPath } from '../contract/paths.ts';
import { isPresent, readText } from '../files.ts';
import { createLogs } from '../log/logs.ts';
import { rebootCommands } from '../shutdown.ts';
import { type Console, openConsole, uptime } from '../supervise/console.ts';
import { watchDevices } from '../supervise/devices.ts';
import { createEvents } from '../supervise/events.ts';
import { createLaunch } from '../supervise/launch.ts';
import { createLoop } from '../supervise/loop.ts';
import type { Machine } from '../supervise/machine.ts';
import { loadApart } from '../supervise/module-process.ts';
import { mountPartitions } from '../supervise/partitions.ts';
import { watchPowerButtons } from '../supervise/power-button.ts';
import { createReaper } from '../supervise/reaper.ts';
import { watchSignals } from '../supervise/signals.ts';
import { createStatus } from '../supervise/status.ts';
import { createSystem } from '../supervise/system.ts';
import { mountVolumes } from '../supervise/volumes.ts';
import { complaintOf, createWatchdog } from '../supervise/watchdog.ts';

const usage = 'init: this is PID 1 of a machine that boots, and does nothing otherwise; see tsctl\n';
/** What PID 1 may grow by before it looks for cycles: each connection and each run of an entry leaves some. */
const garbageBytes = 256 * 1024;

interface Drivers {
  readonly modules: Modules;
  readonly coldplug: Coldplug;
}

/** What the boot steps leave behind for the time after them; no drivers when the root has none for this kernel. */
interface Prepared extends Partial<Drivers> {
  readonly commandLine: CommandLine;
  /** The kernel's messages about devices, from before modules were loaded on. */
  readonly uevents: number | undefined;
}

/**
 * PID 1 of the booted system. In the small initrd of a system whose root is on a disk it is units/root.ts first, which ends in this
 * one of the root. Then:
 *
 * 1. the root is checked: the kernel may have unpacked only a part of it;
 * 2. the boot plan is read;
 * 3. / becomes a mount that containers can pivot away from, and the kernel's file systems and /run, /tmp, /var are mounted;
 * 4. cgroup v2, modules for the devices that are there, loopback, host name, limits, resolv.conf;
 * 5. / becomes read-only;
 * 6. partitions that keep data are made and mounted, then volumes; onboot entries run one after the other, then services start;
 * 7. it waits: reaps, keeps logs, loads modules for new devices, until it is asked to stop the machine.
 *
 * Up to 5 the failure of a required step stops the machine as the plan's `panic` says. From 6 on nothing that fails is fatal;
 * an exception that nobody expects is caught by the C frame, which does the same.
 */
export default function pid1(): number {
  const startedAt = uptime(sys);
  if (sys.getpid() !== 1 || isPresent(sys, '/proc/self')) {
    sys.write(2, sys.encodeUtf8(usage));
    return 2;
  }
  if (isPresent(sys, rootPlanPath) && !isPresent(sys, bootPlanPath)) (sys.loadUnit('root') as () => never)();
  const console = openConsole(sys);
  console.line(`tskit: init ${sys.version} starts`);
  const steps = createSteps(sys, console);
  const plan = orStop(sys, console, 'poweroff', () => readPlan(steps));
  sys.setPanicAction(rebootCommands[plan.panic]);
  const prepared = orStop(sys, console, plan.panic, () => prepareSystem(console, steps));
  supervise(console, steps, plan, prepared, startedAt);
}

function readPlan(steps: Steps): BootPlan {
  steps.required('root', () => checkRootIsComplete(sys));
  return steps.required('boot plan', () => readBootPlan(sys));
}

function prepareSystem(console: Console, steps: Steps): Prepared {
  const warn = (message: string): void => console.warn(message);
  steps.group('mounts', () => {
    steps.required('root', () => makeRootMovable(sys));
    steps.required('mounts', () => mountSystem(sys, warn));
    steps.required('root', () => shareMounts(sys));
    steps.required('cgroups', () => mountCgroups(sys));
    steps.bestEffort('devices', () => linkDevices(sys));
  });
  const commandLine = steps.required('command line', () => parseCommandLine(readText(sys, '/proc/cmdline')));
  const uevents = steps.bestEffort('uevents', () => openUevents(sys));
  const modules = steps.group('modules', () => {
    steps.bestEffort('modules', () => serveModuleRequests(sys));
    steps.bestEffort('devices', () => makeModuleNodes(sys));
    const opened = steps.bestEffort('modules', () => openModules(sys, commandLine, warn));
    return opened === undefined ? undefined : loadForDevices(opened, uevents);
  });
  steps.group('network', () => {
    steps.bestEffort('loopback', () => raiseLoopback(sys));
    steps.bestEffort('hostname', () => setHostname(sys));
    steps.required('resolv.conf', () => makeResolvConf(sys));
  });
  steps.bestEffort('limits', () => raiseLimits(sys));
  steps.required('read-only root', () => sealRoot(sys));
  return { commandLine, uevents, ...modules };
}

function loadForDevices(modules: Modules, uevents: number | undefined): Drivers {
  const coldplug = createColdplug(sys, modules);
  coldplug.loadPresent(uevents);
  return { modules, coldplug };
}

function supervise(
  console: Console,
  steps: Steps,
  plan: BootPlan,
  { commandLine, uevents, modules, coldplug }: Prepared,
  startedAt: number,
): never {
  const settle = (): void => coldplug?.loadPresent(uevents);
  const partitions = plan.disk && mountPartitions(sys, console, modules, plan.disk, { commandLine, settle });
  const failedVolumes = mountVolumes(sys, console, modules, plan.volumes);
  const loop = createLoop(sys);
  console.attach(loop);
  const reaper = createReaper(sys);
  const machine: Machine = {
    sys,
    loop,
    console,
    reaper,
    status: createStatus(sys, loop, console, plan, partitions),
    events: createEvents(sys),
    logs: createLogs(sys, loop, console, isSet(commandLine, 'tskit.console')),
    echo: isSet(commandLine, 'tskit.console'),
    launch: createLaunch({ sys, loop, reaper, console }, modules, {
      volumes: failedVolumes,
      partitions: partitions ?? [],
    }),
    ...(plan.watchdog !== undefined && {
      watchdog: createWatchdog({ sys, loop, console }, modules, plan.watchdog),
    }),
  };
  const system = createSystem(machine, plan, startedAt);
  watchSignals(
    sys,
    loop,
    () => machine.reaper.reap(),
    (kind) => system.stop(kind, 'a signal'),
  );
  const buttons = watchPowerButtons(sys, loop, () => system.stop('poweroff', 'the power button'));
  const ports = createControlPorts(machine, (fd) => serveClient(machine, system, fd));
  ports.look();
  watchDevices(sys, loop, console, uevents, coldplug, (modaliases) => loadApart(sys, modaliases), { buttons, ports });
  steps.bestEffort('control socket', () => serveControl(machine, system));
  machine.watchdog?.start(() =>
    machine.status.current().state === 'stopping' ? undefined : complaintOf(system.units.list()),
  );
  system.boot();
  for (;;) {
    loop.turn();
    sys.collectCycles(garbageBytes);
  }
}
