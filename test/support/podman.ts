// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { busyboxArchive } from './busybox-image.ts';
import { type ClientOptions, type ClientOutcome, clientOutput, runClient } from './client-runtime.ts';
import { removeEmptyCgroups } from './empty-cgroups.ts';
import { releaseFolder } from './release-folder.ts';

/** Debian's podman with all its state in a folder of its own, the busybox image loaded. Disposing of it removes its containers. */
export class Podman implements AsyncDisposable {
  readonly folder: string;
  readonly #args: readonly string[];
  readonly #env: Readonly<Record<string, string>>;

  private constructor(folder: string, runtime: string) {
    this.folder = folder;
    this.#env = { CONTAINERS_CONF: join(folder, 'containers.conf') };
    const places = ['root', 'runroot', 'tmpdir'].flatMap((name) => [`--${name}`, join(folder, name)]);
    this.#args = [...places, '--storage-driver', 'vfs', '--cgroup-manager', 'cgroupfs', '--runtime', runtime];
  }

  /** @param runtime path of the OCI runtime */
  static async start(runtime: string): Promise<Podman> {
    const folder = await mkdtemp(join(tmpdir(), 'tskit-podman-'));
    await writeFile(join(folder, 'containers.conf'), configuration(runtime));
    const podman = new Podman(folder, runtime);
    await podman.output('load', '--quiet', '--input', await busyboxArchive(folder, 'docker-archive'));
    return podman;
  }

  /** The whole command line of a podman command, for a terminal of the test's own. */
  command(...args: readonly string[]): readonly [string, ...string[]] {
    return [
      'env',
      ...Object.entries(this.#env).map(([name, value]) => `${name}=${value}`),
      'podman',
      ...this.#args,
      ...args,
    ];
  }

  /** Runs a command to its end. */
  run(args: readonly string[], options: ClientOptions = {}): Promise<ClientOutcome> {
    return runClient('podman', [...this.#args, ...args], { ...options, env: this.#env, cwd: this.folder });
  }

  /** The standard output of a command that must end well. */
  output(...args: readonly string[]): Promise<string> {
    return clientOutput('podman', [...this.#args, ...args], { env: this.#env, cwd: this.folder });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.run(['pod', 'rm', '--force', '--all', '--time', '0']);
    await this.run(['rm', '--force', '--all', '--time', '0']);
    await releaseFolder(this.folder);
    removeEmptyCgroups('libpod_parent');
  }
}

/**
 * No limits on processes that need CAP_SYS_RESOURCE (podman's defaults raise them), no network, files instead of the journal;
 * the runtime's errors as JSON, as podman has them from the runtimes it knows by name.
 */
function configuration(runtime: string): string {
  return `[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
netns = "none"
log_driver = "k8s-file"
[engine]
events_logger = "file"
lock_type = "file"
runtime_supports_json = ["${basename(runtime)}"]
`;
}
