// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The options of a mount in config.json (OCI runtime-spec config.md, "Linux mount options") sorted by which system call
// takes them: attributes of the mount, flags and parameters of the file system, propagation.

import {
  MOUNT_ATTR__ATIME,
  MOUNT_ATTR_NOATIME,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NODIRATIME,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  MOUNT_ATTR_NOSYMFOLLOW,
  MOUNT_ATTR_RDONLY,
  MOUNT_ATTR_RELATIME,
  MOUNT_ATTR_STRICTATIME,
  MS_PRIVATE,
  MS_SHARED,
  MS_SLAVE,
  MS_UNBINDABLE,
} from '../linux.ts';

/** MOUNT_ATTR_* bits to set and to clear, as mount_setattr(2) takes them. */
export interface AttributeChange {
  readonly set: number;
  readonly clear: number;
}

/** One propagation change: MS_SHARED, MS_SLAVE, MS_PRIVATE or MS_UNBINDABLE, of one mount or of all below it too. */
export interface PropagationChange {
  readonly type: number;
  readonly recursive: boolean;
}

export interface MountOptions {
  readonly bind: 'none' | 'bind' | 'rbind';
  readonly remount: boolean;
  /** Of the mount itself. */
  readonly attributes: AttributeChange;
  /** Of the mount and all below it ("rro", "rnosuid" ...). */
  readonly recursive: AttributeChange;
  /** In the order given: "rprivate" then "rshared" are two. */
  readonly propagation: readonly PropagationChange[];
  /** Flags of the file system itself that fsconfig(2) knows by name ("ro", "sync", "lazytime"). */
  readonly flags: readonly string[];
  /** Everything else: the file system's own parameters, "mode=755" or a bare word. */
  readonly data: readonly string[];
  /** The target folder's content is copied into the tmpfs that covers it. */
  readonly copyUp: boolean;
}

interface AttributeOption {
  readonly bits: number;
  readonly on: boolean;
  /** The access time modes are values of one field: setting one clears the others. */
  readonly field?: number;
}

const attributeOptions: ReadonlyMap<string, AttributeOption> = new Map([
  ['ro', { bits: MOUNT_ATTR_RDONLY, on: true }],
  ['rw', { bits: MOUNT_ATTR_RDONLY, on: false }],
  ['nosuid', { bits: MOUNT_ATTR_NOSUID, on: true }],
  ['suid', { bits: MOUNT_ATTR_NOSUID, on: false }],
  ['nodev', { bits: MOUNT_ATTR_NODEV, on: true }],
  ['dev', { bits: MOUNT_ATTR_NODEV, on: false }],
  ['noexec', { bits: MOUNT_ATTR_NOEXEC, on: true }],
  ['exec', { bits: MOUNT_ATTR_NOEXEC, on: false }],
  ['nosymfollow', { bits: MOUNT_ATTR_NOSYMFOLLOW, on: true }],
  ['symfollow', { bits: MOUNT_ATTR_NOSYMFOLLOW, on: false }],
  ['nodiratime', { bits: MOUNT_ATTR_NODIRATIME, on: true }],
  ['diratime', { bits: MOUNT_ATTR_NODIRATIME, on: false }],
  ['relatime', { bits: MOUNT_ATTR_RELATIME, on: true, field: MOUNT_ATTR__ATIME }],
  ['noatime', { bits: MOUNT_ATTR_NOATIME, on: true, field: MOUNT_ATTR__ATIME }],
  ['strictatime', { bits: MOUNT_ATTR_STRICTATIME, on: true, field: MOUNT_ATTR__ATIME }],
  // Switching a mode off gives the kernel's default, relatime.
  ['atime', { bits: MOUNT_ATTR_RELATIME, on: true, field: MOUNT_ATTR__ATIME }],
  ['norelatime', { bits: MOUNT_ATTR_RELATIME, on: true, field: MOUNT_ATTR__ATIME }],
  ['nostrictatime', { bits: MOUNT_ATTR_RELATIME, on: true, field: MOUNT_ATTR__ATIME }],
]);

const propagationTypes: ReadonlyMap<string, number> = new Map([
  ['shared', MS_SHARED],
  ['slave', MS_SLAVE],
  ['private', MS_PRIVATE],
  ['unbindable', MS_UNBINDABLE],
]);

/** Names that fsconfig(2) takes for any file system. */
const filesystemFlags: ReadonlySet<string> = new Set([
  'ro',
  'sync',
  'async',
  'dirsync',
  'lazytime',
  'nolazytime',
  'mand',
  'nomand',
]);

/** Accepted for old configurations; they change nothing on current kernels. */
const ignored: ReadonlySet<string> = new Set(['defaults', 'silent', 'loud', 'iversion', 'noiversion']);

/** Never throws: an unknown word is the file system's own, and the kernel judges it. */
export function parseMountOptions(options: readonly string[]): MountOptions {
  let bind: MountOptions['bind'] = 'none';
  let remount = false;
  let copyUp = false;
  let attributes = noChange;
  let recursive = noChange;
  const propagation: PropagationChange[] = [];
  const flags: string[] = [];
  const data: string[] = [];
  for (const option of options) {
    const attribute = attributeOptions.get(option);
    const recursiveAttribute = option.startsWith('r') ? attributeOptions.get(option.slice(1)) : undefined;
    const change = parsePropagation(option);
    if (attribute !== undefined) attributes = changed(attributes, attribute);
    else if (recursiveAttribute !== undefined) recursive = changed(recursive, recursiveAttribute);
    else if (change !== undefined) propagation.push(change);
    else if (option === 'bind') bind = bind === 'rbind' ? 'rbind' : 'bind';
    else if (option === 'rbind') bind = 'rbind';
    else if (option === 'remount') remount = true;
    else if (option === 'tmpcopyup') copyUp = true;
    else if (!ignored.has(option) && !filesystemFlags.has(option)) data.push(option);
    if (filesystemFlags.has(option)) flags.push(option);
  }
  return { bind, remount, attributes, recursive, propagation, flags, data, copyUp };
}

/** "rslave" -> MS_SLAVE of all below too; undefined for a word that is no propagation. */
export function parsePropagation(word: string): PropagationChange | undefined {
  const type = propagationTypes.get(word);
  if (type !== undefined) return { type, recursive: false };
  const recursiveType = word.startsWith('r') ? propagationTypes.get(word.slice(1)) : undefined;
  return recursiveType === undefined ? undefined : { type: recursiveType, recursive: true };
}

const noChange: AttributeChange = { set: 0, clear: 0 };

function changed(before: AttributeChange, { bits, on, field = bits }: AttributeOption): AttributeChange {
  if (field !== bits) return { set: (before.set & ~field) | bits, clear: before.clear | field };
  return on
    ? { set: before.set | bits, clear: before.clear & ~bits }
    : { set: before.set & ~bits, clear: before.clear | bits };
}

/** Whether mount_setattr has anything to do. */
export function changesAnything(change: AttributeChange): boolean {
  return change.set !== 0 || change.clear !== 0;
}
