// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { busyboxArchive, busyboxName } from './busybox-image.ts';
import { type ClientOutcome, clientOutput, runClient } from './client-runtime.ts';
import { releaseFolder } from './release-folder.ts';

/** Debian's buildah with all its state in a folder of its own, and the busybox image. Its commands run in the OCI isolation. */
export class Buildah implements AsyncDisposable {
  readonly folder: string;
  readonly #args: readonly string[];
  readonly #env = { BUILDAH_ISOLATION: 'oci' };

  private constructor(folder: string) {
    this.folder = folder;
    this.#args = ['--root', join(folder, 'root'), '--runroot', join(folder, 'runroot'), '--storage-driver', 'vfs'];
  }

  static async start(): Promise<Buildah> {
    const folder = await mkdtemp(join(tmpdir(), 'tskit-buildah-'));
    const buildah = new Buildah(folder);
    const archive = await busyboxArchive(folder, 'docker-archive');
    await buildah.output('pull', '--quiet', `docker-archive:${archive}`);
    return buildah;
  }

  /** Makes a working container of the busybox image; its name. */
  from(): Promise<string> {
    return this.output('from', '--pull-never', busyboxName);
  }

  /** Runs a command to its end. */
  run(args: readonly string[]): Promise<ClientOutcome> {
    return runClient('buildah', [...this.#args, ...args], { env: this.#env });
  }

  /** The standard output of a command that must end well. */
  output(...args: readonly string[]): Promise<string> {
    return clientOutput('buildah', [...this.#args, ...args], { env: this.#env });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.run(['rm', '--all']);
    await releaseFolder(this.folder);
  }
}
