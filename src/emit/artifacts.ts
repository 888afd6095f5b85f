// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { TskitError } from '../errors.ts';
import { syncFolder } from '../oci/atomic-file.ts';
import { makeFolders } from '../oci/folders.ts';
import { interruptionOf, throwIfInterrupted } from '../oci/interruption.ts';
import { errnoOf } from '../oci/store-error.ts';
import type { Reporter } from '../reporter.ts';
import { DraftFile } from './draft-file.ts';
import { draftName, removeDeadDrafts } from './draft-name.ts';
import type { Sink } from './sink.ts';
import { StreamSink } from './stream-sink.ts';

/** Where artifacts go: `dir`/`name` and each format's suffix, or for one artifact alone `output`. */
export interface Target {
  readonly dir: string;
  readonly name: string;
  /** Path of the only artifact, `-` for standard output. */
  readonly output?: string;
}

/**
 * The files of one build. All are written beside their place, hidden, and get their names together at the very end, so that
 * a build that fails or is interrupted leaves the previous artifacts as they were and nothing of its own. Only what is no
 * file, such as standard output, is written at once.
 */
export class Artifacts {
  readonly #target: Target;
  readonly #signal: AbortSignal;
  readonly #reporter: Reporter;
  /** Everything under a temporary name. */
  readonly #drafts = new Set<DraftFile>();
  /** Those of them that get their names, in this order. */
  readonly #kept = new Set<DraftFile>();

  constructor(target: Target, signal: AbortSignal, reporter: Reporter) {
    this.#target = target;
    this.#signal = signal;
    this.#reporter = reporter;
  }

  /** What the artifact `name``suffix` is called, for files that name others. */
  nameOf(suffix: string): string {
    return `${this.#target.name}${suffix}`;
  }

  /**
   * Writes the artifact `name``suffix`.
   * @throws TskitError `io` when the folder cannot be written, and what `fill` throws.
   */
  async write(suffix: string, fill: (sink: Sink) => Promise<void>): Promise<void> {
    const { output } = this.#target;
    const path = output ?? join(this.#target.dir, `${this.#target.name}${suffix}`);
    if (output !== undefined && isStream(output)) {
      await this.#attempt(output === '-' ? standardOutput : path, async () => {
        const stream =
          output === '-' ? await StreamSink.standardOutput(this.#signal) : await StreamSink.to(path, this.#signal);
        const task = this.#reporter.task(`writing ${output === '-' ? standardOutput : path}`);
        try {
          await fill(stream);
          await stream.finish();
          task.advance(stream.size);
          task.done();
        } catch (error) {
          task.fail();
          throw error;
        }
      });
      return;
    }
    await this.keep(await this.prepare(suffix, fill));
  }

  /**
   * Writes what may become the artifact `name``suffix`, and does only if it is kept: what several artifacts are made from,
   * and may be one itself. It is not for a single named output.
   * @throws TskitError `io` when the folder cannot be written, and what `fill` throws.
   */
  async prepare(suffix: string, fill: (draft: DraftFile) => Promise<void>): Promise<DraftFile> {
    return await this.#draft(this.#target.output ?? join(this.#target.dir, `${this.#target.name}${suffix}`), fill);
  }

  /** Writes a small file of any name beside the artifacts. Throws as `write` does. */
  async writeText(path: string, text: string): Promise<void> {
    await this.keep(await this.#draft(path, (draft) => draft.write(Buffer.from(text))));
  }

  async #draft(path: string, fill: (draft: DraftFile) => Promise<void>): Promise<DraftFile> {
    const [dir, file] = [dirname(path), basename(path)];
    return await this.#attempt(path, async () => {
      makeFolders(dir);
      removeDeadDrafts(dir, file);
      const draft = await DraftFile.create(path, join(dir, draftName(file)));
      this.#drafts.add(draft);
      const task = this.#reporter.task(`writing ${file}`);
      try {
        await fill(draft);
        await draft.close();
        task.advance(draft.size);
        task.done();
        return draft;
      } catch (error) {
        task.fail();
        throw error;
      }
    });
  }

  /** Makes an artifact of what was prepared. Throws TskitError `io` when it cannot be made durable. */
  async keep(draft: DraftFile): Promise<void> {
    await this.#attempt(draft.path, () => draft.sync());
    this.#kept.add(draft);
  }

  /** Gives all files their names. @returns their paths in the order in which they were written. */
  async publish(): Promise<readonly string[]> {
    throwIfInterrupted(this.#signal);
    const paths: string[] = [];
    for (const draft of this.#kept) {
      await this.#attempt(draft.path, () => draft.publish());
      this.#drafts.delete(draft);
      paths.push(draft.path);
    }
    for (const folder of new Set(paths.map((path) => dirname(path)))) syncFolder(folder);
    return paths;
  }

  /** Removes what was not published. */
  async discard(): Promise<void> {
    for (const draft of this.#drafts) {
      await draft.discard();
    }
    this.#drafts.clear();
  }

  async #attempt<T>(path: string, act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      throw this.#signal.aborted ? interruptionOf(this.#signal) : writeError(path, error);
    }
  }
}

/** Whether an output cannot be replaced by a file, since it is none: a pipe, a device. */
function isStream(output: string): boolean {
  if (output === '-') return true;
  const stats = statSync(output, { throwIfNoEntry: false });
  return stats !== undefined && !stats.isFile() && !stats.isDirectory();
}

interface Explanation {
  readonly text: string;
  readonly hint: string;
}

const standardOutput = 'standard output';
const elsewhere = 'choose another folder with --dir';
const freeSpace = `free some space or ${elsewhere}`;

const explanations: Readonly<Record<string, Explanation>> = {
  ENOSPC: { text: 'no space left on the device', hint: freeSpace },
  EDQUOT: { text: 'the disk quota is used up', hint: freeSpace },
  EROFS: { text: 'the file system is read-only', hint: elsewhere },
  EACCES: { text: 'permission denied', hint: elsewhere },
  ENOTDIR: { text: 'a part of the path is not a directory', hint: elsewhere },
  EEXIST: { text: 'a file is where the folder should be', hint: elsewhere },
  EISDIR: { text: 'a directory has this name', hint: `remove it, or ${elsewhere}` },
  EFBIG: { text: 'the file system does not hold files of this size', hint: elsewhere },
  EPIPE: { text: 'whoever reads it went away before its end', hint: 'read all of it' },
  ENAMETOOLONG: { text: 'the name is too long', hint: 'choose a shorter one with --name' },
};

function writeError(path: string, error: unknown): unknown {
  const code = errnoOf(error);
  if (error instanceof TskitError || code === undefined) {
    return error;
  }
  const { text, hint } = explanations[code] ?? { text: String(error), hint: elsewhere };
  if (path === standardOutput) return new TskitError('io', `writing ${path}: ${text} (${code})`, { cause: error });
  return new TskitError('io', `writing "${path}": ${text} (${code})`, {
    hint: `${hint}; the previous files are untouched`,
    cause: error,
  });
}
