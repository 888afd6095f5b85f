// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execa } from 'execa';

/** A repository's files as its HEAD has them, from a git directory or a work tree. */
export class Snapshot {
  readonly #repository: string;
  readonly paths: readonly string[];

  private constructor(repository: string, paths: readonly string[]) {
    this.#repository = repository;
    this.paths = paths;
  }

  static async open(repository: string): Promise<Snapshot> {
    const { stdout } = await execa('git', ['-C', repository, 'ls-tree', '-r', '--name-only', '--full-tree', 'HEAD']);
    return new Snapshot(repository, stdout.split('\n'));
  }

  async read(path: string): Promise<string> {
    const { stdout } = await execa('git', ['-C', this.#repository, 'show', `HEAD:${path}`], {
      stripFinalNewline: false,
    });
    return stdout;
  }
}
