// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { ContainerPlan } from './contract/container-plan.ts';
import { afterKillSeconds } from './contract/unit-plan.ts';
import { describeError, errnoOf, readText } from './files.ts';
import {
  LINUX_REBOOT_CMD_HALT,
  LINUX_REBOOT_CMD_POWER_OFF,
  LINUX_REBOOT_CMD_RESTART,
  MNT_DETACH,
  MS_RDONLY,
  MS_REMOUNT,
  SIGKILL,
  SIGTERM,
} from './linux.ts';
import { parseMountinfo } from './mountinfo.ts';
import type { Machine } from './supervise/machine.ts';
import type { StopKind } from './supervise/signals.ts';
import { createUnits, type Units } from './supervise/units.ts';
import { syncDisks, syncSeconds } from './sync.ts';
import type { Sys } from './sys.ts';

/** Seconds that onshutdown entries without a `timeout` have together; one that hangs must not keep the machine on. */
const onshutdownLimit = 60;

/** What reboot(2) is called with. */
export const rebootCommands: Readonly<Record<StopKind, number>> = {
  poweroff: LINUX_REBOOT_CMD_POWER_OFF,
  reboot: LINUX_REBOOT_CMD_RESTART,
  halt: LINUX_REBOOT_CMD_HALT,
};

/**
 * Stops the machine in order:
 *
 * 1. containers get their stop signal, each once those that depend on it are gone, and SIGKILL when its grace period is over;
 * 2. onshutdown entries run one after the other, for as long as they were promised;
 * 3. whatever process is left is killed;
 * 4. disks are synced, ten seconds at most, and unmounted, or made read-only where they are still in use;
 * 5. the watchdog is let go, as it would end a machine that is halted or takes its time;
 * 6. the kernel powers off, restarts or halts.
 */
export function shutDown(machine: Machine, kind: StopKind, units: Units, onshutdown: readonly ContainerPlan[]): void {
  machine.status.stopping();
  units.shutDown(() => runOnshutdown(machine, onshutdown, () => stopMachine(machine, kind)));
}

function runOnshutdown(machine: Machine, plans: readonly ContainerPlan[], onEnd: () => void): void {
  let hasEnded = false;
  function end(): void {
    if (hasEnded) return;
    hasEnded = true;
    onEnd();
  }
  const units = createUnits(machine, { onshutdown: inOrder(plans) }, { onSettled: end, onSystem: () => undefined });
  const limit = promisedSeconds(plans);
  machine.loop.after(limit, () => {
    if (hasEnded) return;
    machine.console.warn(`onshutdown: not done after ${limit} s, given up`);
    end();
  });
  units.start();
}

/** One after the other, whatever they say of others. */
function inOrder(plans: readonly ContainerPlan[]): readonly ContainerPlan[] {
  return plans.map((plan, index) => {
    const before = plans[index - 1];
    return { ...plan, after: before === undefined ? [] : [{ on: before.id, condition: 'finished' }] };
  });
}

function promisedSeconds(plans: readonly ContainerPlan[]): number {
  const timed = plans.flatMap(({ unit: { timeout, stopGrace } }) =>
    timeout === undefined ? [] : [timeout + stopGrace + afterKillSeconds],
  );
  const promised = timed.reduce((sum, seconds) => sum + seconds, 0);
  return promised + (timed.length < plans.length || plans.length === 0 ? onshutdownLimit : 0);
}

function stopMachine(machine: Machine, kind: StopKind): void {
  const { sys, console, watchdog } = machine;
  watchdog?.feed();
  killEverything(sys);
  machine.reaper.reap();
  if (syncDisks(sys)) {
    unmountDisks(sys, (message) => console.warn(message));
  } else {
    console.warn(`shutdown: disks are not synchronised after ${syncSeconds} s, left as they are`);
  }
  watchdog?.end();
  console.line(`tskit: ${kind}`);
  console.drain(1);
  callReboot(sys, kind);
}

/** Stops the machine now, without any order: for a boot that cannot go on. */
export function stopKernel(sys: Sys, kind: StopKind): void {
  syncDisks(sys);
  callReboot(sys, kind);
}

function callReboot(sys: Sys, kind: StopKind): void {
  // A serial line is slower than its buffer: let it send what was written.
  sys.nanosleep(50e6);
  sys.reboot(rebootCommands[kind]);
}

function killEverything(sys: Sys): void {
  for (const signal of [SIGTERM, SIGKILL]) {
    try {
      sys.kill(-1, signal);
    } catch (error) {
      if (errnoOf(error) !== 'ESRCH') throw error;
      return;
    }
    if (signal === SIGTERM) sys.nanosleep(20e6);
  }
}

/** Those without a device whose other end would miss a write. */
const remoteTypes = /^(nfs4?|cifs|smb3|9p|virtiofs|ceph|fuse(\..*)?)$/;

function unmountDisks(sys: Sys, warn: (message: string) => void): void {
  const mounts = parseMountinfo(readText(sys, '/proc/self/mountinfo')).reverse();
  for (const { path, type, hasDevice } of mounts) {
    if (!hasDevice && !remoteTypes.test(type)) continue;
    try {
      unmount(sys, path, hasDevice);
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      warn(`shutdown: ${describeError(error)}`);
    }
  }
}

function unmount(sys: Sys, path: string, hasDevice: boolean): void {
  try {
    sys.umount2(path, hasDevice ? 0 : MNT_DETACH);
  } catch (error) {
    if (errnoOf(error) !== 'EBUSY') throw error;
    sys.mount(null, path, null, MS_REMOUNT | MS_RDONLY, null);
  }
}
