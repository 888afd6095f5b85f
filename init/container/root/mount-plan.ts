// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What one line of `mounts` asks for, read and checked before anything is done.

import type { IdMapping, Linux } from '../../contract/linux-config.ts';
import type { Mount } from '../../contract/runtime-config.ts';
import { hostIdOf } from '../namespace/id-mappings.ts';
import { withOptionMappings } from './id-map-option.ts';
import { type MountOptions, parseMountOptions } from './mount-options.ts';
import { cleanPath, resolveFrom } from '../path.ts';
import { step } from '../step.ts';

/** A line of `mounts` of config.json or runtime.json (config.md, Mounts). */
export interface MountPlan {
  /**
   * `bind` copies a tree that is there, `change` alters the mount that is at the destination, `cgroup` is whatever hierarchies
   * the host has, `new` makes a file system.
   */
  readonly kind: 'bind' | 'change' | 'cgroup' | 'new';
  readonly destination: string;
  /** Of the file system; empty for a bind. */
  readonly type: string;
  /** Of a bind an absolute path, else what the configuration has, or the type. */
  readonly source: string;
  readonly options: MountOptions;
  /** How the ids of a bind's files are mapped; absent when they are not. */
  readonly idMap?: IdMap;
}

/** How the ids of a mount's files are mapped: as listed, or as in a user namespace that is there, by its path. */
export interface IdMap {
  readonly uid: readonly IdMapping[];
  readonly gid: readonly IdMapping[];
  readonly namespace: string | undefined;
  /** Of all that is mounted below, too. */
  readonly recursive: boolean;
}

/** The container's own id mappings (`linux` of config.json), which are what "idmap" means on a mount without any. */
export interface OwnMappings {
  readonly uidMappings?: readonly IdMapping[];
  readonly gidMappings?: readonly IdMapping[];
  readonly namespaces?: Linux['namespaces'];
}

/** Relative sources of binds start from the bundle. Throws an Error that names the destination. */
export function planMount(given: Mount, bundle: string, own: OwnMappings = {}): MountPlan {
  const mount = step(`mount on ${given.destination}`, () => withOptionMappings(given, own));
  const options = parseMountOptions(mount.options ?? []);
  const { destination } = mount;
  const type = mount.type === 'none' ? '' : (mount.type ?? '');
  const isBind = options.bind !== 'none' || type === 'bind';
  const idMap = planIdMap(mount, options, own);
  if (idMap !== undefined && !isBind) throw new Error(`mount on ${destination}: only binds can have their ids mapped`);
  // A change of propagation alone is one of the mount that is there: mount(2) ignores source and type then.
  if (options.remount || (type === '' && !isBind && options.propagation.length > 0))
    return { kind: 'change', destination, type, source: mount.source ?? '', options };
  if (isBind) return planBind(mount, bundle, options, idMap);
  if (type === '') throw new Error(`mount on ${destination}: expected a type or the option "bind", found neither`);
  if (options.copyUp && type !== 'tmpfs')
    throw new Error(`mount on ${destination}: "tmpcopyup" is for tmpfs, found type "${type}"`);
  if (options.copyUp && cleanPath(destination) === '/')
    throw new Error('mount on /: "tmpcopyup" would copy the whole root, which it then is not any more');
  const kind = type === 'cgroup' ? 'cgroup' : 'new';
  const data = type === 'devpts' ? withoutUnmappedGroup(options.data, own.gidMappings ?? []) : options.data;
  return { kind, destination, type, source: mount.source ?? type, options: { ...options, data } };
}

/**
 * Throws for words that nobody knows. To a bind mount(2) ignores all that is the file system's: parameters like "mode=755" are
 * harmless, "r0" would leave writable what was meant to be read-only.
 */
export function refuseUnknown(destination: string, data: readonly string[]): void {
  const unknown = data.find((word) => !word.includes('='));
  if (unknown !== undefined) throw new Error(`bind on ${destination}: "${unknown}" is no option of a bind`);
}

function planBind(mount: Mount, bundle: string, options: MountOptions, idMap: MountPlan['idMap']): MountPlan {
  const { destination, source } = mount;
  refuseUnknown(destination, options.data);
  const { links } = options;
  if (links.copied && (links.source || links.destination))
    throw new Error(`bind on ${destination}: "copy-symlink" excludes "src-nofollow" and "dest-nofollow"`);
  if (source === undefined || source === '') throw new Error(`mount on ${destination}: a bind needs a source`);
  const bind = options.bind === 'none' ? 'bind' : options.bind;
  return {
    kind: 'bind',
    destination,
    type: '',
    source: resolveFrom(bundle, source),
    options: { ...options, bind, data: [] },
    ...(idMap === undefined ? {} : { idMap }),
  };
}

/**
 * Engines give devpts the host's group of terminals (gid=5) whatever the mappings are. Where that is no group of the container,
 * the kernel refuses it, and terminals get the group of who opens them.
 */
function withoutUnmappedGroup(data: readonly string[], mappings: readonly IdMapping[]): readonly string[] {
  if (mappings.length === 0) return data;
  return data.filter(
    (word) => !word.startsWith('gid=') || hostIdOf(mappings, Number(word.slice('gid='.length))) !== undefined,
  );
}

function planIdMap(mount: Mount, { idMap }: MountOptions, own: OwnMappings): IdMap | undefined {
  const { uidMappings: uid = [], gidMappings: gid = [] } = mount;
  const recursive = idMap === 'recursive';
  if (uid.length > 0 && gid.length > 0) return { uid, gid, namespace: undefined, recursive };
  if (uid.length > 0 || gid.length > 0)
    throw new Error(`mount on ${mount.destination}: expected both uidMappings and gidMappings, found one of them`);
  if (idMap === 'none') return undefined;
  const namespace = own.namespaces?.find(({ type }) => type === 'user')?.path;
  const { uidMappings = [], gidMappings = [] } = own;
  if ((namespace ?? '') !== '' || (uidMappings.length > 0 && gidMappings.length > 0))
    return { uid: uidMappings, gid: gidMappings, namespace: namespace === '' ? undefined : namespace, recursive };
  throw new Error(
    `mount on ${mount.destination}: "${recursive ? 'ridmap' : 'idmap'}" needs uidMappings and gidMappings, of the mount or of the container`,
  );
}

/** "bind /a on /b", as messages begin. */
export function describeMount({ kind, type, source, destination }: MountPlan): string {
  switch (kind) {
    case 'change':
      return `remount ${destination}`;
    case 'bind':
      return `bind ${source} on ${destination}`;
    default:
      return `mount ${type} on ${destination}`;
  }
}
