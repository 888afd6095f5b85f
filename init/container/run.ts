// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readText } from '../files.ts';
import type { Sys } from '../sys.ts';
import { destroyCgroup } from './cgroup/destroy.ts';
import type { RunArguments } from './cli.ts';
import { createContainer } from './create.ts';
import { decodeConfig } from './decode.ts';
import { holdSignals, waitForwarding } from './foreground.ts';
import { step } from './step.ts';

/**
 * Creates a container on the caller's standard streams, starts it, passes signals on, waits for it and removes what it left. Returns the exit
 * code of its program, or 128 and the signal that ended it. Throws an Error when it could not be created or started.
 */
export function runContainer(sys: Sys, { id, bundle, cgroupRoot }: RunArguments, warn: (text: string) => void): number {
  const folder = absolute(sys, bundle);
  const file = `${folder}/config.json`;
  const config = step(file, () => decodeConfig(readText(sys, file)));
  if (config.process.terminal === true) throw new Error(`${file}: process.terminal is not supported yet`);
  const stdio = { stdin: 0, stdout: 1, stderr: 2 };
  const place = cgroupRoot === undefined ? {} : { cgroupRoot };
  holdSignals(sys);
  const container = createContainer(sys, { id, bundle: folder, config, stdio, warn, ...place });
  container.start();
  const code = exitCode(waitForwarding(sys, container.pid, container.pidfd));
  sys.close(container.pidfd);
  destroyCgroup(sys, container.cgroup);
  return code;
}

function absolute(sys: Sys, path: string): string {
  return path.startsWith('/') ? path : `${sys.getcwd()}/${path}`;
}

/** Of a raw wait status, as shells and other runtimes give it (wait(2)). */
export function exitCode(status: number): number {
  const signal = status & 0x7f;
  return signal === 0 ? (status >> 8) & 0xff : 128 + signal;
}
