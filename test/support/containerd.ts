// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { busyboxArchive, busyboxName } from './busybox-image.ts';
import { type ClientOptions, type ClientOutcome, clientOutput, runClient } from './client-runtime.ts';
import { startDaemon } from './daemon.ts';
import { removeEmptyCgroups } from './empty-cgroups.ts';
import { releaseFolder } from './release-folder.ts';

/** The namespace of containerd that the tests work in, and with it their parent cgroup. */
const namespace = 'tskit-test';

/** Debian's containerd with all its state in a folder of its own, the busybox image loaded; asked through ctr. */
export class Containerd implements AsyncDisposable {
  readonly folder: string;
  readonly #daemon: AsyncDisposable;
  readonly #args: readonly string[];
  readonly #runtime: readonly string[];

  private constructor(folder: string, daemon: AsyncDisposable, runtime: string) {
    this.folder = folder;
    this.#daemon = daemon;
    this.#args = ['--address', join(folder, 'socket'), '--namespace', namespace];
    this.#runtime = ['--runc-binary', runtime, '--runc-root', join(folder, 'runtime-root')];
  }

  /** @param runtime path of the OCI runtime that containerd's runc shim calls */
  static async start(runtime: string): Promise<Containerd> {
    const folder = await mkdtemp(join(tmpdir(), 'tskit-containerd-'));
    await writeFile(join(folder, 'config.toml'), configuration(folder));
    const daemon = await startDaemon('containerd', ['--config', join(folder, 'config.toml')], {
      socket: join(folder, 'socket'),
      log: join(folder, 'log'),
    });
    const containerd = new Containerd(folder, daemon, runtime);
    await containerd.output('images', 'import', await busyboxArchive(folder, 'oci-archive'));
    return containerd;
  }

  /** The whole command line of `ctr run`, for a terminal of the test's own. */
  runCommand(options: readonly string[], id: string, ...words: readonly string[]): readonly [string, ...string[]] {
    return ['ctr', ...this.#args, ...this.#runArgs(options, id, words)];
  }

  /** The whole command line of any command of ctr. */
  command(...args: readonly string[]): readonly [string, ...string[]] {
    return ['ctr', ...this.#args, ...args];
  }

  /** Runs a container of the busybox image to its end. */
  runContainer(
    options: readonly string[],
    id: string,
    words: readonly string[],
    client?: ClientOptions,
  ): Promise<ClientOutcome> {
    return runClient('ctr', [...this.#args, ...this.#runArgs(options, id, words)], client);
  }

  /** Starts a container of the busybox image in the background, which must go well. */
  async startContainer(options: readonly string[], id: string, ...words: readonly string[]): Promise<void> {
    await clientOutput('ctr', [...this.#args, ...this.#runArgs(['--detach', ...options], id, words)]);
  }

  /** Runs any command of ctr to its end. */
  run(args: readonly string[], client?: ClientOptions): Promise<ClientOutcome> {
    return runClient('ctr', [...this.#args, ...args], client);
  }

  /** The standard output of a command of ctr that must end well. */
  output(...args: readonly string[]): Promise<string> {
    return clientOutput('ctr', [...this.#args, ...args]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const id of (await this.output('tasks', 'ls', '--quiet')).split('\n').filter((line) => line !== '')) {
      await this.run(['tasks', 'delete', '--force', id]);
    }
    await this.#daemon[Symbol.asyncDispose]();
    await releaseFolder(this.folder);
    removeEmptyCgroups(namespace);
  }

  #runArgs(options: readonly string[], id: string, words: readonly string[]): readonly string[] {
    return ['run', '--snapshotter', 'native', ...this.#runtime, ...options, busyboxName, id, ...words];
  }
}

/** Nothing outside the folder, and only what ctr needs: no Kubernetes, no snapshotters that look for other file systems. */
function configuration(folder: string): string {
  const disabled = [
    'grpc.v1.cri',
    'internal.v1.opt',
    ...['aufs', 'btrfs', 'devmapper', 'zfs'].map((name) => `snapshotter.v1.${name}`),
  ];
  return `version = 2
root = "${folder}/root"
state = "${folder}/state"
disabled_plugins = [${disabled.map((name) => `"io.containerd.${name}"`).join(', ')}]
[grpc]
address = "${folder}/socket"
`;
}
