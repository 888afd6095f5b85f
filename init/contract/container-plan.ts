// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// One entry of the boot plan.

import type { HealthPlan, UnitPlan } from './unit-plan.ts';

export interface ContainerPlan {
  /** Its bundle's path below /containers ("onboot/000-dhcp", "services/nginx"): no other entry of the plan has it. */
  readonly id: string;
  readonly name: string;
  /** Folder with config.json (RuntimeConfig) and runtime.json (BundleRuntime). */
  readonly bundle: string;
  /** config.json has an integer that a double may not hold: it takes the reader that keeps all digits. */
  readonly bigIntegers?: true;
  /** Reference of the image, for messages. */
  readonly image: string;
  /** What it waits for, all of it; free of cycles, the barrier of `waitsForOnboot` included. */
  readonly after: readonly DependencyPlan[];
  /** It waits until every onboot entry has come to its end, whatever that was: a service that names nothing to wait for. */
  readonly waitsForOnboot: boolean;
  readonly unit: UnitPlan;
  /** Names of the volumes that it mounts; absent for none. */
  readonly volumes?: readonly string[];
  /** Labels of the partitions that it finds something of; absent for none. */
  readonly partitions?: readonly string[];
  /** "SIGQUIT", "QUIT", "3", "SIGRTMIN+3"; default "SIGTERM". */
  readonly stopSignal?: string;
  /** Present where unit.isChecked. */
  readonly health?: HealthPlan;
  /** The watchdog is kept alive only while this service is well. */
  readonly critical: boolean;
  /** Services of one pod join its namespaces (podNamespacePath), and are started and stopped together by who asks for one. */
  readonly pod?: string;
  /** It joins the pod's PID namespace too. */
  readonly sharesProcesses?: true;
  readonly log: LogPlan;
  readonly secrets?: readonly SecretPlan[];
}

/** Something that an entry waits for. */
export interface DependencyPlan {
  /** Id of an onboot entry or a service. */
  readonly on: string;
  /**
   * `started`: it runs, or has run. `healthy`: its health check passed. `completed`: it ended well. `finished`: it has come to its
   * end, whatever that was: ended, failed or never started. All but the last can become impossible, when it failed or was skipped;
   * then the entry that waits is skipped too, unless the dependency is `optional`.
   */
  readonly condition: 'started' | 'healthy' | 'completed' | 'finished';
  /** Once it can no longer hold, it is waited for no longer. */
  readonly optional?: true;
  /** The entry that waits is restarted when somebody has restarted the other; not when that failed and came back by itself. */
  readonly restart?: true;
}

/** Where the output of a container goes. */
export interface LogPlan {
  readonly driver: 'memory' | 'file' | 'kmsg' | 'syslog';
  /** Bytes of the ring (`memory`) or of one file (`file`). */
  readonly maxSize: number;
  /** Files (`file`), the one that is written included. */
  readonly maxFiles: number;
  /** Where datagrams go (`syslog`, RFC 5424 over UDP). */
  readonly address?: string;
  readonly port?: number;
  /** Lines that are let through within `seconds`; what is beyond is counted and told. Absent: all, of `kmsg` 100 a second. */
  readonly rate?: { readonly lines: number; readonly seconds: number };
  /** Each line as a JSON object: time, stream, service, text. */
  readonly json: boolean;
}

/** A file in memory that a container finds at `path`: init binds it there, config.json says nothing of it. */
export interface SecretPlan {
  /** A file's name, in one container only once. */
  readonly name: string;
  readonly from:
    | { readonly kind: 'fw_cfg'; readonly name: string }
    /** Of the booted system. */
    | { readonly kind: 'file'; readonly path: string };
  readonly path: string;
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}
