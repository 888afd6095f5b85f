// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// state.json: what every command after "create" knows of a container. Written at once under another name and renamed.

import type { CgroupPlace } from '../container/cgroup/place.ts';
import type { Hook } from '../contract/runtime-config.ts';
import { parseJson, stringifyJson } from '../json.ts';
import type { PairedLimits } from './paired-limits.ts';
import { absolutePath, dictionary, flag, integer, list, object, text, within } from '../shape.ts';

/** How a container stands that has a process; whether it lives is looked up each time (status.ts). */
export interface ContainerProcess {
  readonly pid: number;
  /** Clock ticks from the kernel's start to the process's: pid and this together are never used again (proc_pid_stat(5)). */
  readonly startTime: number;
}

/** What state.json holds. */
export interface ContainerState {
  readonly version: 1;
  readonly id: string;
  /** Of config.json. */
  readonly ociVersion: string;
  /** Absolute, and so is the next. */
  readonly bundle: string;
  readonly rootfs: string;
  /** RFC 3339, UTC. */
  readonly created: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Absent until the container's process exists. */
  readonly process?: ContainerProcess;
  /** The process is not ready to be started yet; means nothing once nobody changes the container any more. */
  readonly creating?: boolean;
  /** Whether SIGKILL to the process ends all others too, because it is PID 1 of a namespace made for it. */
  readonly ownsPids: boolean;
  /** It has the session keyring of who created it, and so have processes of exec. */
  readonly sharesKeyring?: boolean;
  /** Where its cgroup is, or will be when there is no process yet. */
  readonly cgroup?: CgroupPlace;
  /** The mount of its root, when it has no mount namespace of its own (host-root.ts). */
  readonly rootMount?: number;
  /** As the last update left them; those of config.json until then. */
  readonly limits?: PairedLimits;
  /** Those that run after create, so that no later command reads config.json for them. */
  readonly poststart?: readonly Hook[];
  readonly poststop?: readonly Hook[];
}

const safe = within(0, Number.MAX_SAFE_INTEGER);

/** -1 is none. */
const quota = within(-1, Number.MAX_SAFE_INTEGER);

const hooks = list(object({ path: absolutePath }, { args: list(text), env: list(text), timeout: safe }));

const state = object(
  {
    version: within(1, 1, 'the version of this program'),
    id: text,
    ociVersion: text,
    bundle: absolutePath,
    rootfs: absolutePath,
    created: text,
    ownsPids: flag,
  },
  {
    annotations: dictionary(text),
    sharesKeyring: flag,
    creating: flag,
    rootMount: safe,
    // Of a pid below 1 the kernel would take a signal for a whole group, or for everyone.
    process: object({ pid: within(1, 2 ** 31 - 1, 'a pid'), startTime: safe }, {}),
    cgroup: object({}, { v2: absolutePath, v1: dictionary(absolutePath) }),
    limits: object(
      {},
      { memory: object({}, { limit: integer, swap: integer }), cpu: object({}, { quota, period: safe }) },
    ),
    poststart: hooks,
    poststop: hooks,
  },
);

/** Reads state.json. Throws an Error that names the place of what is wrong in it. */
export function decodeState(json: string): ContainerState {
  return state(parseJson(json)) as unknown as ContainerState;
}

/** The content of state.json. */
export function encodeState(value: ContainerState): string {
  return stringifyJson(value);
}
