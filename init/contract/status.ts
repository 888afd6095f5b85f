// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What the running system tells of itself (docs/control-api.md).

import type { ContainerPlan } from './container-plan.ts';

/** What PID 1 knows of the system: the content of statusPath, and what `tsctl status --json` prints. */
export interface SystemStatus {
  readonly version: 1;
  /**
   * `degraded`: as running, but an entry failed, is unhealthy or still waits. `halted`: an onboot entry with onFailure "halt" or
   * "emergency" failed, nothing further is started. `stopping`: on the way to power-off, reboot or halt.
   */
  readonly state: 'booting' | 'running' | 'degraded' | 'halted' | 'stopping';
  /**
   * Seconds from the start of PID 1 until no entry was on its way any more (docs/supervision.md), to the millisecond; absent before.
   */
  readonly bootSeconds?: number;
  readonly onboot: readonly ContainerStatus[];
  readonly services: readonly ContainerStatus[];
  readonly onshutdown: readonly ContainerStatus[];
  /** Of a system with a `disk`, in its order. */
  readonly partitions?: readonly PartitionStatus[];
}

/** A partition that keeps data. */
export interface PartitionStatus {
  readonly label: string;
  /** `made`: it was, at this boot. `failed`: it could not be made or mounted, see `error`. */
  readonly state: 'made' | 'present' | 'failed';
  /** Absent where there is none. */
  readonly device?: string;
  readonly bytes?: number;
  /** Where it is mounted. */
  readonly mount?: string;
  readonly error?: string;
}

export interface ContainerStatus {
  /** Unlike the name only once in the system ("services/web"). */
  readonly id: string;
  readonly name: string;
  readonly image: string;
  /**
   * `restarting`: it ended and is started again after a delay. `exited`: it ran and ended, however that was. `failed`: it could not
   * be started, see `error`. `stopped`: somebody asked for that. `skipped`: it never will be started, see `error`.
   */
  readonly state: 'waiting' | 'running' | 'stopping' | 'restarting' | 'exited' | 'failed' | 'stopped' | 'skipped';
  readonly pid?: number;
  /** Seconds since the kernel started, of the last run. */
  readonly startedAt?: number;
  readonly endedAt?: number;
  /** Of one that ended: its code, or the name of the signal that killed it ("SIGKILL"). */
  readonly exitCode?: number;
  readonly signal?: string;
  /** Why it could not be started; of one that ended: that a process of it was killed as it was out of memory. */
  readonly error?: string;
  /** Of one that runs and is checked. */
  readonly health?: 'starting' | 'healthy' | 'unhealthy';
  /** How often it was started again; absent for never. */
  readonly restarts?: number;
  /** Of one that is `exited` or `failed`: it is not started again because it was too often (restart_policy.max_attempts). */
  readonly givenUp?: true;
  /** What the service says of itself (sd_notify(3), STATUS). */
  readonly says?: string;
}

/** An entry in GET /v1/units. */
export interface UnitSummary extends ContainerStatus {
  readonly section: 'onboot' | 'services' | 'onshutdown';
  /** Of one that runs: since when, in seconds; bytes of memory; seconds of CPU time. */
  readonly uptime?: number;
  readonly memory?: number;
  readonly cpu?: number;
}

/** GET /v1/units/NAME. */
export interface UnitDetails extends UnitSummary {
  /** Where the log is: a path, or what shows it. */
  readonly log: string;
  readonly plan: ContainerPlan;
  /** Those of the entry that are remembered, the oldest first. */
  readonly events: readonly SystemEvent[];
}

/** GET /v1/boot: what the boot took, in seconds since the kernel started. */
export interface BootTimes {
  readonly version: 1;
  /** PID 1 starts, and has the kernel, devices and mounts ready for entries. */
  readonly initAt: number;
  readonly entriesAt: number;
  /** No entry is on its way any more; absent before. */
  readonly bootedAt?: number;
  /** Onboot entries, then services. */
  readonly units: readonly UnitTimes[];
}

/** The first run of an entry. What has not happened is absent. */
export interface UnitTimes extends Pick<ContainerPlan, 'id' | 'after' | 'waitsForOnboot'> {
  readonly isService: boolean;
  readonly isChecked: boolean;
  /** PID 1 sets about starting it. */
  readonly startedAt?: number;
  /** Its program runs. */
  readonly runningAt?: number;
  readonly healthyAt?: number;
  /** Its end, also where it could not be started or was skipped. */
  readonly endedAt?: number;
}

/** Something that happened to an entry, as `tsctl events` tells it. */
export interface SystemEvent {
  /** They are numbered from 1 on. */
  readonly number: number;
  /** Seconds since the kernel started. */
  readonly at: number;
  /** Of the entry. */
  readonly id: string;
  /** `failed`: it could not be started. `killed`: it did not end within its grace. */
  readonly kind:
    | 'started'
    | 'ended'
    | 'failed'
    | 'skipped'
    | 'gave up'
    | 'healthy'
    | 'unhealthy'
    | 'stopping'
    | 'killed';
  readonly text: string;
}
