// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The options of a mount in config.json (OCI runtime-spec config.md, "Linux mount options") sorted by which system call
// takes them: flags of the mount, parameters of the file system, propagation, and what the runtime itself does.

import { MS_PRIVATE, MS_SHARED, MS_SLAVE, MS_UNBINDABLE } from '../../linux.ts';
import {
  type AttributeChange,
  flagNames,
  type MountFlags,
  recursiveFlagNames,
  withFlag,
  withRecursiveFlag,
} from './mount-flags.ts';

/** One propagation change: MS_SHARED, MS_SLAVE, MS_PRIVATE or MS_UNBINDABLE, of one mount or of all below it too. */
export interface PropagationChange {
  readonly type: number;
  readonly recursive: boolean;
}

/** The words of one mount's options, sorted by what they mean. */
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
  readonly links: LinkOptions;
}

/** What a bind does with symbolic links at the end of its paths, as crun has it; by default all are followed. */
export interface LinkOptions {
  /** "src-nofollow": the link itself is bound. */
  readonly source: boolean;
  /** "dest-nofollow": the link itself is covered. */
  readonly destination: boolean;
  /** "copy-symlink": a source that is a link is made anew in the container, and nothing is mounted. */
  readonly copied: boolean;
}

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
  const own = [
    'bind',
    'rbind',
    'remount',
    'tmpcopyup',
    'idmap',
    'ridmap',
    'src-nofollow',
    'dest-nofollow',
    'copy-symlink',
  ];
  const propagation = [...propagationTypes.keys()].flatMap((name) => [name, `r${name}`]);
  return [...flagNames(), ...recursiveFlagNames(), ...propagation, ...ignored, ...own];
}

/** Never throws: an unknown word is the file system's own, and the kernel judges it. */
export function parseMountOptions(options: readonly string[]): MountOptions {
  let bind: MountOptions['bind'] = 'none';
  let remount = false;
  let copyUp = false;
  let idMap: MountOptions['idMap'] = 'none';
  const links = { source: false, destination: false, copied: false };
  let flags: MountFlags = { set: 0, cleared: 0 };
  let recursive: AttributeChange = { set: 0, clear: 0 };
  const propagation: PropagationChange[] = [];
  const data: string[] = [];
  for (const option of options) {
    const withOption = withFlag(flags, option);
    if (withOption !== undefined) {
      flags = withOption;
      continue;
    }
    // Of the words that mean something here none has a value.
    if (option.includes('=')) {
      data.push(option);
      continue;
    }
    const withRecursive = withRecursiveFlag(recursive, option);
    const change = parsePropagation(option);
    if (withRecursive !== undefined) recursive = withRecursive;
    else if (change !== undefined) propagation.push(change);
    else if (option === 'bind') bind = bind === 'rbind' ? 'rbind' : 'bind';
    else if (option === 'rbind') bind = 'rbind';
    else if (option === 'remount') remount = true;
    else if (option === 'tmpcopyup') copyUp = true;
    else if (option === 'idmap') idMap = 'mount';
    else if (option === 'ridmap') idMap = 'recursive';
    else if (option === 'src-nofollow') links.source = true;
    else if (option === 'dest-nofollow') links.destination = true;
    else if (option === 'copy-symlink') links.copied = true;
    else if (!ignored.has(option)) data.push(option);
  }
  return { bind, remount, flags, recursive, propagation, data, copyUp, idMap, links };
}

/** "rslave" -> MS_SLAVE of all below too; undefined for a word that is no propagation. */
export function parsePropagation(word: string): PropagationChange | undefined {
  const type = propagationTypes.get(word);
  if (type !== undefined) return { type, recursive: false };
  const recursiveType = word.startsWith('r') ? propagationTypes.get(word.slice(1)) : undefined;
  return recursiveType === undefined ? undefined : { type: recursiveType, recursive: true };
}
