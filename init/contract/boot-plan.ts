// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What init runs, all of it decided at build time.

import type { ContainerPlan } from './container-plan.ts';
import type { DiskPlan } from './disk-plan.ts';
import type { Mount } from './runtime-config.ts';

/**
 * What init runs, all of it decided at build time. A version is one build's: init takes its own only, and says so of another.
 */
export interface BootPlan {
  readonly version: typeof bootPlanVersion;
  /** Mounted before the first entry runs. */
  readonly volumes: readonly VolumePlan[];
  readonly onboot: readonly ContainerPlan[];
  readonly services: readonly ContainerPlan[];
  /** One after the other, whatever they say of others. */
  readonly onshutdown: readonly ContainerPlan[];
  /** What a crash of PID 1 itself does. */
  readonly panic: 'reboot' | 'poweroff' | 'halt';
  /**
   * Seconds that stopping all onboot entries and services takes at most: the sum of what was promised along the longest chain of
   * dependencies, each entry with its grace period and afterKillSeconds.
   */
  readonly stopSeconds: number;
  readonly watchdog?: WatchdogPlan;
  readonly disk?: DiskPlan;
}

/** Of BootPlan. */
export const bootPlanVersion = 2;

/** How the root on a disk is found; the options above say which one it is. */
export interface RootPlan {
  /** Modules that no device asks for, in the order in which they are loaded; those that the kernel does not have are passed over. */
  readonly modules: readonly string[];
  readonly panic: BootPlan['panic'];
}

/** A folder that containers share. */
export interface VolumePlan {
  readonly name: string;
  readonly folder: string;
  /** In order; upper and work folders of overlays are made. */
  readonly mounts: readonly Mount[];
}

/** What `tskit run` chooses --mem by, and what init names when the root did not fit. */
export interface UnpackedSize {
  readonly bytes: number;
  /** MiB of guest memory that the unpacked image and its containers need. */
  readonly memoryMiB: number;
}

/** The hardware's, or softdog where there is none: fed only while PID 1 and all critical services are well. */
export interface WatchdogPlan {
  readonly device: string;
  /** Seconds. */
  readonly timeout: number;
}
