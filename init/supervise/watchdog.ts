// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Modules } from '../boot/modules.ts';
import type { WatchdogPlan } from '../contract/boot-plan.ts';
import { describeError, errnoOf } from '../files.ts';
import { AT_FDCWD, O_CLOEXEC, O_WRONLY } from '../linux.ts';
import { quietly } from '../log/quietly.ts';
import type { Sys } from '../sys.ts';
import type { Console } from './console.ts';
import { type Entry, titleOf } from './entry.ts';
import type { CancelTimer, Loop } from './loop.ts';

/** _IOWR('W', 6, int), linux/watchdog.h. */
const WDIOC_SETTIMEOUT = 0xc0045706;
/** How often it is fed within its timeout. */
const feeds = 3;
/** Seconds in which the device of a driver that is loaded at boot has to be there. */
const patience = 5;

/** The hardware that restarts a machine whose PID 1 does not feed it. */
export interface Watchdog {
  /** Feeds it from now on, whenever `complaint` has none. */
  start(complaint: () => string | undefined): void;
  /** Once, for what takes its time outside of the loop. */
  feed(): void;
  /** Before the machine stops in order: it is fed once more whatever is wrong, and not needed any more. */
  end(): void;
}

/** Where no driver of hardware makes the device in time, it is the kernel's own (softdog): better than none, and told loudly. */
export function createWatchdog(
  { sys, loop, console }: { readonly sys: Sys; readonly loop: Loop; readonly console: Console },
  modules: Modules | undefined,
  { device, timeout: wanted }: WatchdogPlan,
): Watchdog {
  let fd: number | undefined;
  let timeout = wanted;
  let isWell = true;
  let cancel: CancelTimer | undefined;
  let complaint: () => string | undefined = () => undefined;

  function open(missing: () => void): void {
    try {
      fd = sys.openat(AT_FDCWD, device, O_WRONLY | O_CLOEXEC, 0);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') missing();
      else tellUnused(describeError(error));
      return;
    }
    // A driver that has one timeout only goes by that; where it does not tell, by what is asked for.
    timeout = quietly(() => sys.ioctlIntPointer(fd ?? -1, WDIOC_SETTIMEOUT, wanted)) ?? wanted;
    console.line(`watchdog: ${device} restarts the machine ${timeout} s after it was fed last`);
    feedAgainAndAgain();
  }

  function tellUnused(why: string): void {
    console.warn(`watchdog: NOT in use: ${why}`);
  }

  function useSoftware(): void {
    if (modules?.load('softdog') !== true) return tellUnused(`there is no ${device}`);
    console.warn(`watchdog: no hardware has ${device}: the kernel's own is used`);
    open(() => tellUnused(`there is no ${device}`));
  }

  function feedAgainAndAgain(): void {
    cancel = loop.after(timeout / feeds, feedAgainAndAgain);
    const why = complaint();
    if (why === undefined) write('\0');
    if ((why === undefined) === isWell) return;
    isWell = why === undefined;
    if (isWell) console.line('watchdog: all is well again');
    else console.warn(`watchdog: ${why}: NOT FED any more, the machine is reset within ${timeout} s`);
  }

  function write(byte: string): void {
    if (fd !== undefined) quietly(() => sys.write(fd ?? -1, sys.encodeUtf8(byte)));
  }

  return {
    start(tell) {
      complaint = tell;
      open(() => {
        cancel = loop.after(patience, () => open(useSoftware));
      });
    },
    feed: () => write('\0'),
    end() {
      cancel?.();
      // The magic close (watchdog-api.rst): without it closing is as good as not feeding.
      write('V');
      if (fd !== undefined) sys.close(fd);
      fd = undefined;
    },
  };
}

/** What is wrong with the services that have to be well; undefined when nothing is. */
export function complaintOf(entries: readonly Entry[]): string | undefined {
  const ill = entries.find((entry) => entry.plan.critical && !isWell(entry));
  if (ill === undefined) return undefined;
  const { phase, health } = ill.unit;
  return `${titleOf(ill)} is ${phase === 'running' ? (health ?? '') : phase === 'delayed' ? 'down' : phase}`;
}

/** One that has yet to be started is, and so is one that somebody stopped. */
function isWell({ unit: { phase, health, result, kills = 0 }, plan }: Entry): boolean {
  switch (phase) {
    case 'waiting':
      return true;
    case 'running':
      return health !== 'unhealthy';
    case 'stopping':
      return kills < 2;
    case 'ended':
      return result === 'stopped' || (result === 'done' && !plan.unit.isService);
    case 'delayed':
    case 'skipped':
      return false;
  }
}
