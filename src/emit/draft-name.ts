// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { randomBytes } from 'node:crypto';
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { livenessOf, ownIdentity } from '../oci/process-identity.ts';

/** A draft that was written to this short a time ago is somebody's: a process of another host cannot be asked whether it lives. */
const freshMs = 60_000;

/** The hidden, unique name of a draft of `file`, which says whose it is. */
export function draftName(file: string): string {
  const { pid, start, namespace } = ownIdentity();
  const owner = `${pid}-${start}-${/\d+/.exec(namespace)?.[0] ?? 0}`;
  return `.${file}.${owner}-${randomBytes(4).toString('hex')}.tmp`;
}

/** Removes drafts of `file` that a killed process has left in a folder. */
export function removeDeadDrafts(folder: string, file: string): void {
  const prefix = `.${file}.`;
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(prefix)) continue;
    const owner = /^(\d+)-(\d+)-(\d+)-[0-9a-f]{8}\.tmp$/.exec(name.slice(prefix.length));
    if (owner === null) continue;
    const [, pid = '', start = '', namespace = ''] = owner;
    const isDead = livenessOf({ pid: Number(pid), start, namespace: `pid:[${namespace}]` }) === 'dead';
    const path = join(folder, name);
    const writtenMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (isDead && Date.now() - writtenMs > freshMs) rmSync(path, { force: true });
  }
}
