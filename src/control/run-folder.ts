// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readFileSync, rmSync } from 'node:fs';
import { lstat, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { keepAtExit, removeAtExit } from '../at-exit.ts';
import { TskitError } from '../errors.ts';

/** Each takes one client at a time: one follows a log, another restarts a service. */
const socketCount = 3;
/** sockaddr_un.sun_path holds 108 bytes, the NUL at its end included (unix(7)). */
const longestPath = 107;
const longestName = 60;
/** The process of a machine and when it started: a number alone comes again. */
const ownerFile = 'owner';

/** A name that `tskit ctl` knows a machine by, and the sockets that QEMU makes for it. */
export interface ControlledMachine {
  readonly name: string;
  readonly sockets: readonly string[];
}

/** A name that is taken until it is given back. */
export interface ClaimedMachine extends ControlledMachine {
  release(): Promise<void>;
}

/** What an artifact is called here: "web" for "./out/web". */
export function machineName(artifact: string): string {
  const base = artifact.replace(/\/+$/, '').split('/').at(-1) ?? '';
  return (
    base
      .replaceAll(/[^\w.-]/g, '-')
      .replace(/^[.-]+/, '')
      .slice(0, longestName) || 'machine'
  );
}

/**
 * Takes a name for a machine. One that is in use gets a number behind it, unless the user wants it so (`isExact`).
 * @throws TskitError `io` when the folder of the user cannot be made or is not the user's alone
 */
export async function claimMachine(env: NodeJS.ProcessEnv, name: string, isExact: boolean): Promise<ClaimedMachine> {
  const folder = await ownFolder(env);
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? name : `${name}-${number}`;
    const path = join(folder, candidate);
    const sockets = socketsIn(path);
    if (Buffer.byteLength(sockets[0] ?? '') > longestPath) {
      throw new TskitError(
        'io',
        `run: "${sockets[0]}": expected at most ${longestPath} bytes, which is all that a socket's path can have`,
        {
          hint: 'set XDG_RUNTIME_DIR to a folder with a shorter name',
        },
      );
    }
    if (await claim(folder, path)) {
      removeAtExit(path);
      const release = async (): Promise<void> => {
        await rm(path, { recursive: true, force: true });
        keepAtExit(path);
      };
      return { name: candidate, sockets, release };
    }
    if (isExact) {
      throw new TskitError('usage', `run: --name "${name}": a machine of this name runs already`, {
        hint: 'choose another name',
      });
    }
  }
}

/** Machines whose `tskit run` is there, by name. */
export async function runningMachines(env: NodeJS.ProcessEnv): Promise<readonly ControlledMachine[]> {
  const folder = await ownFolder(env);
  const names = (await readdir(folder)).filter((name) => !name.startsWith('.')).sort();
  return names
    .map((name) => ({ name, path: join(folder, name) }))
    .filter(({ path }) => isOwned(path))
    .map(({ name, path }) => ({ name, sockets: socketsIn(path) }));
}

function socketsIn(path: string): readonly string[] {
  return Array.from({ length: socketCount }, (_, index) => join(path, `${index}.sock`));
}

/** Whoever can write there commands the machines. */
async function ownFolder(env: NodeJS.ProcessEnv): Promise<string> {
  const runtime = env['XDG_RUNTIME_DIR'];
  const uid = process.getuid?.() ?? 0;
  const folder = runtime?.startsWith('/') === true ? join(runtime, 'tskit') : `/tmp/tskit-${uid}`;
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'EEXIST')
      throw new TskitError('io', `making the folder of running machines: ${message}`, { cause: error });
  }
  const stat = await lstat(folder);
  const found = !stat.isDirectory()
    ? 'something else'
    : stat.uid !== uid
      ? `one of user ${stat.uid}`
      : (stat.mode & 0o077) !== 0
        ? `one of mode ${(stat.mode & 0o7777).toString(8).padStart(4, '0')}`
        : undefined;
  if (found === undefined) return folder;
  throw new TskitError('io', `"${folder}": expected a folder that is only user ${uid}'s, found ${found}`, {
    hint: 'remove it, or set XDG_RUNTIME_DIR to a folder of yours',
  });
}

/**
 * Takes a socket for one client: two that connect at once could not tell which of them QEMU listens to. Undefined while another
 * has it; else what gives it back.
 */
export async function claimSocket(path: string): Promise<(() => void) | undefined> {
  const lock = `${path}.client`;
  if (!(await claim(dirname(path), lock))) return undefined;
  removeAtExit(lock);
  return () => {
    rmSync(lock, { recursive: true, force: true });
    keepAtExit(lock);
  };
}

/** Whether the name is ours now. A folder that was left behind by a process that is gone is removed. */
async function claim(folder: string, path: string): Promise<boolean> {
  const draft = await mkdtemp(join(folder, '.claim-'));
  await writeFile(join(draft, ownerFile), identityOf(process.pid) ?? '');
  // A folder replaces an empty one only (rename(2)), and each has its owner's file.
  for (let attempts = 2; attempts > 0; attempts--) {
    try {
      await rename(draft, path);
      return true;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
    }
    if (isOwned(path)) break;
    const old = await mkdtemp(join(folder, '.old-'));
    await rename(path, join(old, 'machine')).catch(() => undefined);
    await rm(old, { recursive: true, force: true });
  }
  await rm(draft, { recursive: true, force: true });
  return false;
}

function isOwned(path: string): boolean {
  try {
    const owner = readFileSync(join(path, ownerFile), 'utf8');
    return owner !== '' && owner === identityOf(Number(owner.split(' ')[0]));
  } catch {
    return false;
  }
}

/** "PID STARTED", with the clock ticks from the kernel's start (proc_pid_stat(5), starttime); undefined when it is gone. */
function identityOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return `${pid} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''}`;
  } catch {
    return undefined;
  }
}
