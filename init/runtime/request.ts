// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { decodeConfig } from '../container/decode.ts';
import { step } from '../container/step.ts';
import type { RuntimeConfig } from '../contract/runtime-config.ts';
import { readBytes } from '../files.ts';
import type { Sys } from '../sys.ts';
import type { CreateArguments } from './create-options.ts';
import { checkTerminal } from './descriptor-socket.ts';
import type { GlobalOptions } from './global-options.ts';
import { listenDescriptors, withListenDescriptors } from './listen-descriptors.ts';
import type { Log } from './log.ts';
import { preservedDescriptors } from './preserved-descriptors.ts';

/** What "create" and "run" differ in. */
export interface Manner {
  /** Whether the container waits at a gate for another command, and not for this one. */
  readonly gate: boolean;
  /** Whether the runtime leaves it once it is made or started. */
  readonly detach: boolean;
}

/** A container that is asked for, with all that is read before anything of it is made. */
export interface Request extends CreateArguments, Manner {
  /** Folder of the containers' states. */
  readonly root: string;
  /** Whether it gets no cgroup. */
  readonly noCgroup: boolean;
  /** Content of config.json, and what it says. */
  readonly bytes: Uint8Array;
  readonly runtimeConfig: RuntimeConfig;
  /** Descriptors that its program keeps. */
  readonly preserved: readonly number[];
}

/** Reads and checks what a container is to be made of. To be called before anything is opened (preservedDescriptors). */
export function readRequest(
  sys: Sys,
  { root, cgroupManager }: GlobalOptions,
  options: CreateArguments & Manner,
  log: Log,
): Request {
  if (cgroupManager === 'systemd')
    throw new Error('cgroups made by systemd (--systemd-cgroup) are not supported: use the cgroupfs driver');
  const listening = listenDescriptors(sys);
  const preserved = preservedDescriptors(sys, options.preserveFds + listening, log);
  const bytes = step(`read ${options.config}`, () => readBytes(sys, options.config));
  const config = step(options.config, () => decodeConfig(sys.decodeUtf8(bytes)));
  checkTerminal(config.process.terminal === true, options.detach, options.consoleSocket);
  const runtimeConfig = withListenDescriptors(sys, config, listening);
  return { ...options, root, noCgroup: cgroupManager === 'disabled', bytes, runtimeConfig, preserved };
}
