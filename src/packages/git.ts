// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { spawnSync } from 'node:child_process';
import { createHash, type Hash } from 'node:crypto';
import { closeSync, lstatSync, openSync, readSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { TskitError } from '../errors.ts';
import { errnoOf } from '../oci/store-error.ts';

/** Reading a large work tree from a cold disk takes seconds; a git that waits for something waits for ever. */
const timeoutMs = 60_000;

/** A folder in a work tree of git, seen as LinuxKit's pkglib/git.go sees it: its tags are made of this. */
export class GitFolder {
  /** Without links, as git calls it. */
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /** Undefined when the folder is in no work tree. Throws `package` without git, and `io`. */
  static open(path: string): GitFolder | undefined {
    const folder = new GitFolder(real(path));
    const { code, stdout } = folder.#git('rev-parse', '--is-inside-work-tree');
    if (code !== 0) return undefined;
    if (stdout.trim() === 'true') return folder;
    throw new TskitError('package', `"${path}": expected a folder of a git work tree, found one of git's own`);
  }

  /** The tree of the folder in the last commit. Throws `package` when it has none. */
  treeHash(): string {
    const top = this.#run('rev-parse', '--show-toplevel').replace(/\n$/, '');
    if (top === this.#path) return this.#run('show', '--format=%T', '-s', 'HEAD').trim();
    const listed = this.#run('ls-tree', '--full-tree', 'HEAD', '--', this.#path);
    const hash = /^[0-7]{6} tree ([0-9a-f]{40,64})\t.+\n$/.exec(listed)?.[1];
    if (hash !== undefined) return hash;
    throw new TskitError('package', `"${this.#path}": expected a folder that is committed to git, found none in HEAD`, {
      hint: 'commit it: the tag is the hash of what is committed',
    });
  }

  /** Whether anything in the folder differs from the last commit or is not tracked. */
  isDirty(): boolean {
    const changed = this.#git('diff', '--no-ext-diff', '--exit-code', '--quiet', 'HEAD', '--', this.#path).code !== 0;
    if (changed) return true;
    return this.#git('ls-files', '--exclude-standard', '--others', '--error-unmatch', '--', this.#path).code === 0;
  }

  /** SHA-256 in hex over the contents of the files that are there: tracked ones, then others that are not ignored. */
  contentHash(): string {
    const hash = createHash('sha256');
    const tracked = this.#run('ls-files');
    const others = this.#run('ls-files', '--exclude-standard', '--others');
    for (const name of `${tracked}\n${others}`.split('\n')) {
      // Names that git puts in quotes are not found, and count for nothing, in LinuxKit too.
      if (name !== '') addFile(hash, join(this.#path, name.replace(/\r$/, '')));
    }
    return hash.digest('hex');
  }

  #run(...args: readonly string[]): string {
    const { code, stdout, stderr } = this.#git(...args);
    if (code === 0) return stdout;
    const reason = stderr.trim().split('\n', 1)[0] ?? '';
    throw new TskitError(
      'package',
      `git ${args[0]} in "${this.#path}": ${reason === '' ? `exit code ${code}` : reason}`,
    );
  }

  #git(...args: readonly string[]): { readonly code: number | null; readonly stdout: string; readonly stderr: string } {
    const { status, stdout, stderr, error } = spawnSync('git', ['-C', this.#path, ...noPrograms, ...args], {
      encoding: 'utf8',
      env: environment(),
      maxBuffer: 256 * 1024 * 1024,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
    });
    if (error === undefined) return { code: status, stdout, stderr };
    const missing = errnoOf(error) === 'ENOENT';
    throw new TskitError('package', `starting git: ${missing ? 'not found in PATH' : error.message}`, {
      hint: missing
        ? 'install git: the tag of a LinuxKit package is made of what git has of it'
        : 'run the command again',
      cause: error,
    });
  }
}

/** What the repository's own config has git run when it only looks: a spec is checked without running what lies beside it. */
const noPrograms = ['-c', 'core.fsmonitor=false'];

/** Without the variables that a hook sets, which name another repository; git writes, fetches and asks nothing, messages are English. */
function environment(): NodeJS.ProcessEnv {
  const ours = Object.entries(process.env).filter(([name]) => !/^GIT_(DIR|WORK_TREE|INDEX_FILE|PREFIX)$/.test(name));
  return {
    ...Object.fromEntries(ours),
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_LAZY_FETCH: '1',
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C',
  };
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    throw new TskitError('io', `"${path}": expected a folder, found ${errnoOf(error) ?? 'none'}`, { cause: error });
  }
}

/** What cannot be read, and what is no file, counts for nothing. */
function addFile(hash: Hash, path: string): void {
  let fd: number;
  try {
    if (!lstatSync(path).isFile()) return;
    fd = openSync(path, 'r');
  } catch {
    return;
  }
  try {
    const block = Buffer.allocUnsafe(256 * 1024);
    for (let size = readSync(fd, block); size > 0; size = readSync(fd, block)) hash.update(block.subarray(0, size));
  } finally {
    closeSync(fd);
  }
}
