// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Flags of mounts: by the words that options have for them (OCI runtime-spec config.md, "Linux mount options"), as mount(2)
// takes them, and as the attributes that fsmount(2) and mount_setattr(2) take.

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
  MS_DIRSYNC,
  MS_LAZYTIME,
  MS_MANDLOCK,
  MS_NOATIME,
  MS_NODEV,
  MS_NODIRATIME,
  MS_NOEXEC,
  MS_NOSUID,
  MS_NOSYMFOLLOW,
  MS_RDONLY,
  MS_RELATIME,
  MS_STRICTATIME,
  MS_SYNCHRONOUS,
} from '../../linux.ts';

/** Flags of mount(2) by what was said of them: the last word on each counts. */
export interface MountFlags {
  readonly set: number;
  /** Asked to be off ("rw", "suid"), and not merely left out. */
  readonly cleared: number;
}

/** MOUNT_ATTR_* bits to set and to clear, as mount_setattr(2) takes them. */
export interface AttributeChange {
  readonly set: number;
  readonly clear: number;
}

interface FlagOption {
  readonly flag: number;
  readonly on: boolean;
}

const flagOptions: ReadonlyMap<string, FlagOption> = new Map([
  ['ro', { flag: MS_RDONLY, on: true }],
  ['rw', { flag: MS_RDONLY, on: false }],
  ['nosuid', { flag: MS_NOSUID, on: true }],
  ['suid', { flag: MS_NOSUID, on: false }],
  ['nodev', { flag: MS_NODEV, on: true }],
  ['dev', { flag: MS_NODEV, on: false }],
  ['noexec', { flag: MS_NOEXEC, on: true }],
  ['exec', { flag: MS_NOEXEC, on: false }],
  ['nosymfollow', { flag: MS_NOSYMFOLLOW, on: true }],
  ['symfollow', { flag: MS_NOSYMFOLLOW, on: false }],
  ['nodiratime', { flag: MS_NODIRATIME, on: true }],
  ['diratime', { flag: MS_NODIRATIME, on: false }],
  ['noatime', { flag: MS_NOATIME, on: true }],
  ['atime', { flag: MS_NOATIME, on: false }],
  ['relatime', { flag: MS_RELATIME, on: true }],
  ['norelatime', { flag: MS_RELATIME, on: false }],
  ['strictatime', { flag: MS_STRICTATIME, on: true }],
  ['nostrictatime', { flag: MS_STRICTATIME, on: false }],
  ['sync', { flag: MS_SYNCHRONOUS, on: true }],
  ['async', { flag: MS_SYNCHRONOUS, on: false }],
  ['dirsync', { flag: MS_DIRSYNC, on: true }],
  ['lazytime', { flag: MS_LAZYTIME, on: true }],
  ['nolazytime', { flag: MS_LAZYTIME, on: false }],
  ['mand', { flag: MS_MANDLOCK, on: true }],
  ['nomand', { flag: MS_MANDLOCK, on: false }],
]);

/** Those that belong to a mount, as mount_setattr(2) has them. The access time modes are values of one field. */
const attributes: readonly (readonly [flag: number, attribute: number])[] = [
  [MS_RDONLY, MOUNT_ATTR_RDONLY],
  [MS_NOSUID, MOUNT_ATTR_NOSUID],
  [MS_NODEV, MOUNT_ATTR_NODEV],
  [MS_NOEXEC, MOUNT_ATTR_NOEXEC],
  [MS_NOSYMFOLLOW, MOUNT_ATTR_NOSYMFOLLOW],
];
const plainAttributes: number = attributes.reduce((all, [, attribute]) => all | attribute, 0);
const accessTimes = MS_NOATIME | MS_NODIRATIME | MS_RELATIME | MS_STRICTATIME;

/** Those that belong to the file system, as fsconfig(2) has them. */
const parameters: readonly (readonly [flag: number, name: string])[] = [
  [MS_RDONLY, 'ro'],
  [MS_SYNCHRONOUS, 'sync'],
  [MS_DIRSYNC, 'dirsync'],
  [MS_LAZYTIME, 'lazytime'],
  [MS_MANDLOCK, 'mand'],
];

/** The words for flags ("ro", "suid"). */
export function flagNames(): readonly string[] {
  return [...flagOptions.keys()];
}

/** The words for flags of whole trees ("rro", "rsuid"). */
export function recursiveFlagNames(): readonly string[] {
  return flagNames()
    .filter((name) => recursiveAttribute(name) !== undefined)
    .map((name) => `r${name}`);
}

/** The flags with one more word ("ro", "suid") taken into account; undefined when it is no flag's. */
export function withFlag(before: MountFlags, word: string): MountFlags | undefined {
  const option = flagOptions.get(word);
  if (option === undefined) return undefined;
  const { flag, on } = option;
  return on
    ? { set: before.set | flag, cleared: before.cleared & ~flag }
    : { set: before.set & ~flag, cleared: before.cleared | flag };
}

/** "nosuid" -> set that attribute. Switching an access time mode off gives the kernel's default, relatime. */
function recursiveAttribute(name: string): AttributeChange | undefined {
  const option = flagOptions.get(name);
  if (option === undefined) return undefined;
  const { flag, on } = option;
  if (flag === MS_NODIRATIME) return on ? setting(MOUNT_ATTR_NODIRATIME) : clearing(MOUNT_ATTR_NODIRATIME);
  if ((flag & accessTimes) !== 0)
    return { set: on ? accessTimeMode(flag) : MOUNT_ATTR_RELATIME, clear: MOUNT_ATTR__ATIME };
  const attribute = attributes.find(([known]) => known === flag)?.[1];
  if (attribute === undefined) return undefined;
  return on ? setting(attribute) : clearing(attribute);
}

function setting(attribute: number): AttributeChange {
  return { set: attribute, clear: 0 };
}

function clearing(attribute: number): AttributeChange {
  return { set: 0, clear: attribute };
}

/** The change with one more word ("rro", "rsuid") taken into account; undefined when it is no recursive flag's. */
export function withRecursiveFlag(before: AttributeChange, word: string): AttributeChange | undefined {
  const change = word.startsWith('r') ? recursiveAttribute(word.slice(1)) : undefined;
  return change === undefined ? undefined : changed(before, change);
}

/** The later one wins, but of the access time modes: there the kernel wants the whole field cleared when one is set. */
function changed(before: AttributeChange, { set, clear }: AttributeChange): AttributeChange {
  const field = clear & MOUNT_ATTR__ATIME;
  return {
    set: (before.set & ~clear) | set,
    clear: (before.clear & ~(set & ~field)) | clear,
  };
}

/** As mount(2) reads its flags: strictatime wins, and relatime is the default. */
function accessTimeMode(flags: number): number {
  if ((flags & MS_STRICTATIME) !== 0) return MOUNT_ATTR_STRICTATIME;
  return (flags & MS_NOATIME) !== 0 ? MOUNT_ATTR_NOATIME : MOUNT_ATTR_RELATIME;
}

function plainAttributesOf(flags: number): number {
  return attributes.reduce((sum, [flag, attribute]) => ((flags & flag) === 0 ? sum : sum | attribute), 0);
}

/** MOUNT_ATTR_* of a new mount. */
export function newAttributes({ set }: MountFlags): number {
  const ofFolders = (set & MS_NODIRATIME) === 0 ? 0 : MOUNT_ATTR_NODIRATIME;
  return plainAttributesOf(set) | ofFolders | accessTimeMode(set);
}

/**
 * What a bind or a remount with these flags makes of a mount that is there: exactly the flags that are set, as mount(2) does,
 * which keeps the access time as it is unless a mode is set. Nothing is said of a mount without any flag, and nothing changed.
 */
export function exactAttributes({ set, cleared }: MountFlags): AttributeChange {
  if ((set | cleared) === 0) return { set: 0, clear: 0 };
  const wanted = plainAttributesOf(set);
  const change = { set: wanted, clear: plainAttributes & ~wanted };
  if ((set & accessTimes) === 0) return change;
  const ofFolders = (set & MS_NODIRATIME) === 0 ? 0 : MOUNT_ATTR_NODIRATIME;
  return {
    set: change.set | accessTimeMode(set) | ofFolders,
    clear: change.clear | MOUNT_ATTR__ATIME | (MOUNT_ATTR_NODIRATIME & ~ofFolders),
  };
}

/**
 * As exactAttributes, but what was not mentioned stays: for a mount that a user namespace got with flags locked
 * (mount_namespaces(7)). To be without a link's restriction is no privilege, so that one is never locked.
 */
export function mentionedAttributes({ set, cleared }: MountFlags): AttributeChange {
  const exact = exactAttributes({ set, cleared });
  const mentioned = plainAttributesOf(set | cleared) | MOUNT_ATTR_NOSYMFOLLOW;
  return { set: exact.set, clear: exact.clear & (mentioned | ~plainAttributes) };
}

/** Names that fsconfig(2) takes for any file system ("ro", "sync"). */
export function filesystemFlags({ set }: MountFlags): readonly string[] {
  return parameters.filter(([flag]) => (set & flag) !== 0).map(([, name]) => name);
}

/** Whether mount_setattr has anything to do. */
export function changesAnything(change: AttributeChange): boolean {
  return change.set !== 0 || change.clear !== 0;
}
