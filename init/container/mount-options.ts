// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The options of a mount in config.json (OCI runtime-spec config.md, "Linux mount options") sorted by which system call
// takes them: flags of the mount, parameters of the file system, propagation, and what the runtime itself does.

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
  MS_PRIVATE,
  MS_RDONLY,
  MS_RELATIME,
  MS_SHARED,
  MS_SLAVE,
  MS_STRICTATIME,
  MS_SYNCHRONOUS,
  MS_UNBINDABLE,
} from '../linux.ts';

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

/** One propagation change: MS_SHARED, MS_SLAVE, MS_PRIVATE or MS_UNBINDABLE, of one mount or of all below it too. */
export interface PropagationChange {
  readonly type: number;
  readonly recursive: boolean;
}

export interface MountOptions {
  readonly bind: 'none' | 'bind' | 'rbind';
  readonly remount: boolean;
  readonly flags: MountFlags;
  /** Of the mount and all below it ("rro", "rnosuid" ...). */
  readonly recursive: AttributeChange;
  /** In the order given: "rprivate" then "rshared" are two. */
  readonly propagation: readonly PropagationChange[];
  /** Everything else: the file system's own parameters, "mode=755" or a bare word. */
  readonly data: readonly string[];
  /** The target folder's content is copied into the tmpfs that covers it. */
  readonly copyUp: boolean;
  /** Ids are mapped: of the mount ("idmap"), or of all below it too ("ridmap"). */
  readonly idMap: 'none' | 'mount' | 'recursive';
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

const propagationTypes: ReadonlyMap<string, number> = new Map([
  ['shared', MS_SHARED],
  ['slave', MS_SLAVE],
  ['private', MS_PRIVATE],
  ['unbindable', MS_UNBINDABLE],
]);

/** Accepted for old configurations; they change nothing on current kernels. */
const ignored: ReadonlySet<string> = new Set(['defaults', 'silent', 'loud', 'iversion', 'noiversion']);

/** All words that mean something here, for `features`; everything else is the file system's own. */
export function mountOptionNames(): readonly string[] {
  const recursive = [...flagOptions.keys()].filter((name) => recursiveAttribute(name) !== undefined);
  const plain = [...flagOptions.keys(), ...propagationTypes.keys(), ...ignored];
  const own = ['bind', 'rbind', 'remount', 'tmpcopyup', 'idmap', 'ridmap'];
  return [...plain, ...own, ...[...recursive, ...propagationTypes.keys()].map((name) => `r${name}`)];
}

/** Never throws: an unknown word is the file system's own, and the kernel judges it. */
export function parseMountOptions(options: readonly string[]): MountOptions {
  let bind: MountOptions['bind'] = 'none';
  let remount = false;
  let copyUp = false;
  let idMap: MountOptions['idMap'] = 'none';
  let flags: MountFlags = { set: 0, cleared: 0 };
  let recursive: AttributeChange = { set: 0, clear: 0 };
  const propagation: PropagationChange[] = [];
  const data: string[] = [];
  for (const option of options) {
    const flag = flagOptions.get(option);
    const recursiveFlag = option.startsWith('r') ? recursiveAttribute(option.slice(1)) : undefined;
    const change = parsePropagation(option);
    if (flag !== undefined) flags = flagged(flags, flag);
    else if (recursiveFlag !== undefined) recursive = changed(recursive, recursiveFlag);
    else if (change !== undefined) propagation.push(change);
    else if (option === 'bind') bind = bind === 'rbind' ? 'rbind' : 'bind';
    else if (option === 'rbind') bind = 'rbind';
    else if (option === 'remount') remount = true;
    else if (option === 'tmpcopyup') copyUp = true;
    else if (option === 'idmap') idMap = 'mount';
    else if (option === 'ridmap') idMap = 'recursive';
    else if (!ignored.has(option)) data.push(option);
  }
  return { bind, remount, flags, recursive, propagation, data, copyUp, idMap };
}

/** "rslave" -> MS_SLAVE of all below too; undefined for a word that is no propagation. */
export function parsePropagation(word: string): PropagationChange | undefined {
  const type = propagationTypes.get(word);
  if (type !== undefined) return { type, recursive: false };
  const recursiveType = word.startsWith('r') ? propagationTypes.get(word.slice(1)) : undefined;
  return recursiveType === undefined ? undefined : { type: recursiveType, recursive: true };
}

function flagged(before: MountFlags, { flag, on }: FlagOption): MountFlags {
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
