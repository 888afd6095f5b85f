// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, lstat, mkdtemp, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { TskitError } from '../errors.ts';
import type { LockedPackage } from '../lock.ts';
import { makeFolders } from '../oci/folders.ts';
import { storeError } from '../oci/store-error.ts';
import type { Reporter } from '../reporter.ts';
import { type Apt, downloadPackages } from './apt.ts';

/** The .deb files that were downloaded so far, each under the hash of its content. */
export interface Archives {
  readonly folder: string;
}

export async function openArchives(root: string): Promise<Archives> {
  const folder = join(root, 'archives');
  try {
    makeFolders(folder);
  } catch (error) {
    throw storeError('creating the folder', folder, error);
  }
  return { folder };
}

/** Where a package's file is, or would be. */
export function archivePath(archives: Archives, sha256: string): string {
  return join(archives.folder, `${sha256}.deb`);
}

/** The packages whose files are not here, by size; the content is hashed when it is read. */
export async function missingArchives(
  archives: Archives,
  packages: readonly LockedPackage[],
): Promise<readonly LockedPackage[]> {
  const sizes = await Promise.all(
    packages.map(({ sha256 }) =>
      stat(archivePath(archives, sha256)).then(
        ({ size }) => size,
        () => undefined,
      ),
    ),
  );
  return packages.filter(({ size }, index) => sizes[index] !== size);
}

/**
 * Downloads what is missing. apt checks each file against the signed lists; here it is hashed once more, against the pins,
 * before it gets its name. Throws `network`, `package`, `digest` or `lock`.
 */
export async function downloadArchives(
  apt: Apt,
  archives: Archives,
  packages: readonly LockedPackage[],
  reporter: Reporter,
): Promise<void> {
  if (packages.length === 0) return;
  const total = packages.reduce((sum, { size }) => sum + size, 0);
  const task = reporter.task(`Debian packages (${packages.length})`, total);
  const folder = await mkdtemp(join(archives.folder, 'partial-'));
  try {
    let done = 0;
    await downloadPackages(apt, packages, folder, (percent) => {
      const now = Math.floor((total * percent) / 100);
      task.advance(now - done);
      done = now;
    });
    await takeIn(archives, packages, folder);
    task.done();
  } catch (error) {
    task.fail();
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function takeIn(archives: Archives, packages: readonly LockedPackage[], folder: string): Promise<void> {
  const found = new Map<string, string>();
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    found.set(await hashFile(path), path);
  }
  for (const { name, version, sha256, size } of packages) {
    const path = found.get(sha256);
    if (path === undefined) {
      throw new TskitError(
        'digest',
        `downloading "${name}" ${version}: expected SHA-256 ${sha256}, found ${[...found.keys()].join(', ') || 'nothing'}`,
        { hint: 'the archive has another file of this version; pin what it has now with `tskit lock --update`' },
      );
    }
    const bytes = (await stat(path)).size;
    if (bytes !== size) {
      throw new TskitError('lock', `downloading "${name}" ${version}: expected ${size} bytes, found ${bytes}`, {
        hint: 'tskit.lock names another size than the file has: make it anew with `tskit lock --update`',
      });
    }
    await takeFile(path, archivePath(archives, sha256));
  }
}

/** apt leaves a link to the archive's own file where the archive is a folder (`file:`). */
async function takeFile(path: string, target: string): Promise<void> {
  const isLink = (await lstat(path)).isSymbolicLink();
  if (isLink) await copyFile(await realpath(path), `${path}.copy`);
  await rename(isLink ? `${path}.copy` : path, target);
}

/** Hashes a package's file once more before it is unpacked. Throws `digest`. */
export async function verifyArchive(archives: Archives, { name, version, sha256 }: LockedPackage): Promise<string> {
  const path = archivePath(archives, sha256);
  const found = await hashFile(path);
  if (found !== sha256) {
    throw new TskitError('digest', `reading "${name}" ${version} from "${path}": expected ${sha256}, found ${found}`, {
      hint: 'the file was changed after it was downloaded; remove it and run the same command again',
    });
  }
  return path;
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path), hash);
  } catch (error) {
    throw storeError('reading', path, error);
  }
  return hash.digest('hex');
}
