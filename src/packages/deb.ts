// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readTar, type TarEntry } from '../archive/tar.ts';
import { TskitError } from '../errors.ts';
import { storeError } from '../oci/store-error.ts';
import { parseStanzas, type Stanza } from './control.ts';
import { runTool } from './tool.ts';

/** A binary package, taken apart: its metadata in memory, its files as a tar on disk. */
export interface Deb {
  /** The .deb itself, for messages. */
  readonly file: string;
  /** The control file as it stands in the package (Debian Policy 5.3). */
  readonly control: string;
  readonly fields: Stanza;
  /** Members of the control archive besides it: maintainer scripts, conffiles, triggers, md5sums. */
  readonly members: ReadonlyMap<string, string>;
  /** The uncompressed data archive, which `entries` point into. */
  readonly dataFile: string;
  readonly entries: readonly TarEntry[];
}

/**
 * Takes a .deb apart with dpkg-deb, which knows every format and compression of it: the control archive into memory, the data
 * archive into `<folder>/<name>.data.tar`. Nothing is unpacked and nothing is run. Throws `package`.
 */
export async function openDeb(path: string, folder: string, name: string, signal: AbortSignal): Promise<Deb> {
  const controlFile = join(folder, `${name}.control.tar`);
  const dataFile = join(folder, `${name}.data.tar`);
  await Promise.all([
    extract('--ctrl-tarfile', path, controlFile, name, signal),
    extract('--fsys-tarfile', path, dataFile, name, signal),
  ]);
  const { control = '', ...members } = readMembers(controlFile);
  const [fields] = parseStanzas(control);
  if (fields?.get('package') !== name) {
    throw new TskitError('package', `reading "${path}": expected package "${name}", found "${fields?.get('package')}"`);
  }
  return {
    file: path,
    control,
    fields,
    members: new Map(Object.entries(members)),
    dataFile,
    entries: readEntries(dataFile),
  };
}

async function extract(part: string, path: string, output: string, name: string, signal: AbortSignal): Promise<void> {
  let stdout: number;
  try {
    stdout = openSync(output, 'w', 0o600);
  } catch (error) {
    throw storeError('creating', output, error);
  }
  try {
    const { code, stderr } = await runTool('dpkg-deb', [part, path], { signal, stdout });
    if (code === 0) return;
    const isFull = stderr.includes('No space left on device');
    throw new TskitError(isFull ? 'store' : 'package', `unpacking "${name}": ${stderr.trim() || `exit code ${code}`}`, {
      hint: isFull
        ? 'free some space with `tskit cache clean`, or choose another folder with --cache'
        : `remove "${path}" and run the same command again`,
    });
  } finally {
    closeSync(stdout);
  }
}

function readMembers(file: string): Record<string, string> {
  const bytes = readFileSync(file);
  return Object.fromEntries(
    readEntries(file)
      .filter((entry) => entry.type === 'file')
      .map((entry) => [
        entry.path.replace(/^\.\//, ''),
        bytes.toString('utf8', entry.offset, entry.offset + entry.size),
      ]),
  );
}

function readEntries(file: string): readonly TarEntry[] {
  const fd = openSync(file, 'r');
  try {
    return [...readTar(fd, fstatSync(fd).size)];
  } finally {
    closeSync(fd);
  }
}
