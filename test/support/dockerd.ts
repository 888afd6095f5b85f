// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { busyboxArchive } from './busybox-image.ts';
import { type ClientOptions, type ClientOutcome, clientOutput, noRuntime, runClient } from './client-runtime.ts';
import { startDaemon } from './daemon.ts';
import { removeEmptyCgroups } from './empty-cgroups.ts';
import { releaseFolder } from './release-folder.ts';

/** Debian's docker; another client may come first in the path. */
const docker = '/usr/bin/docker';

/**
 * Debian's dockerd, without a network of its own and with all its state in a folder of its own, the busybox image loaded.
 * Its default runtime is the one under test; "nothing" is one that does nothing.
 */
export class Dockerd implements AsyncDisposable {
  readonly folder: string;
  readonly #daemon: AsyncDisposable;
  readonly #args: readonly string[];

  private constructor(folder: string, daemon: AsyncDisposable) {
    this.folder = folder;
    this.#daemon = daemon;
    this.#args = ['--host', `unix://${folder}/socket`];
  }

  /** @param runtime path of the OCI runtime */
  static async start(runtime: string): Promise<Dockerd> {
    const folder = await mkdtemp(join(tmpdir(), 'tskit-dockerd-'));
    const daemon = await startDaemon('dockerd', daemonArguments(folder, runtime), {
      socket: join(folder, 'socket'),
      log: join(folder, 'log'),
    });
    const dockerd = new Dockerd(folder, daemon);
    const archive = await busyboxArchive(folder, 'docker-archive');
    await dockerd.output('load', '--quiet', '--input', archive);
    return dockerd;
  }

  /** The whole command line of a docker command, for a terminal of the test's own. */
  command(...args: readonly string[]): readonly [string, ...string[]] {
    return [docker, ...this.#args, ...args];
  }

  /** Runs a command to its end. */
  run(args: readonly string[], options?: ClientOptions): Promise<ClientOutcome> {
    return runClient(docker, [...this.#args, ...args], options);
  }

  /** The standard output of a command that must end well. */
  output(...args: readonly string[]): Promise<string> {
    return clientOutput(docker, [...this.#args, ...args]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ids = (await this.output('ps', '--all', '--quiet')).split('\n').filter((id) => id !== '');
    if (ids.length > 0) await this.run(['rm', '--force', ...ids]);
    await this.#daemon[Symbol.asyncDispose]();
    await releaseFolder(this.folder);
    removeEmptyCgroups('tskit-dockerd');
  }
}

/** Nothing that changes the machine: no bridge, no firewall rules. */
function daemonArguments(folder: string, runtime: string): readonly string[] {
  return [
    `--host=unix://${folder}/socket`,
    `--data-root=${folder}/data`,
    `--exec-root=${folder}/exec`,
    `--pidfile=${folder}/pid`,
    '--bridge=none',
    '--iptables=false',
    '--ip6tables=false',
    '--storage-driver=vfs',
    '--cgroup-parent=/tskit-dockerd',
    `--add-runtime=tested=${runtime}`,
    `--add-runtime=nothing=${noRuntime}`,
    '--default-runtime=tested',
  ];
}
