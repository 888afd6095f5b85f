// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { volumesDir } from '../../init/contract/paths.ts';
import type { Mount } from '../../init/contract/runtime-config.ts';
import { TskitError } from '../errors.ts';
import { isReadonly } from '../spec/check-values.ts';
import { nearestKey } from '../spec/nearest-key.ts';
import type { ImageSettings, MountSpec } from '../spec/types.ts';

/** What a container needs to know of a volume. */
export interface MountedVolume {
  /** Where it is in the booted system. */
  readonly path: string;
  readonly readonly: boolean;
}

/** By name. */
export type MountedVolumes = ReadonlyMap<string, MountedVolume>;

/**
 * Settings with names of volumes replaced by their paths, in `binds` and in `mounts` of type bind. The spec's own entries were
 * checked when it was parsed; an image's label names volumes without knowing which there are. Throws `spec`.
 */
export function withVolumePaths(settings: ImageSettings, volumes: MountedVolumes): ImageSettings {
  const { binds, mounts } = settings;
  return {
    ...settings,
    ...(binds === undefined ? {} : { binds: binds.map((bind) => bindOf(bind, volumes)) }),
    ...(mounts === undefined ? {} : { mounts: mounts.map((mount) => mountOf(mount, volumes)) }),
  };
}

function bindOf(bind: string, volumes: MountedVolumes): string {
  const [source = '', destination = '', options = ''] = bind.split(':');
  if (source.startsWith('/')) return bind;
  const { path } = volumeOf(source, options.split(','), volumes, 'binds');
  return [path, destination, ...(options === '' ? [] : [options])].join(':');
}

function mountOf(mount: MountSpec, volumes: MountedVolumes): MountSpec {
  const { source = '', options = [] } = mount;
  if (mount.type !== 'bind' || source === '' || source.startsWith('/')) return mount;
  const { path } = volumeOf(source, options, volumes, 'mounts');
  // A runtime may take the type alone for a file system of that name.
  const bind = options.includes('bind') || options.includes('rbind') ? [] : ['rbind'];
  return { ...mount, source: path, options: [...options, ...bind] };
}

function volumeOf(name: string, options: readonly string[], volumes: MountedVolumes, field: string): MountedVolume {
  const volume = volumes.get(name);
  if (volume === undefined) {
    const near = nearestKey(name, [...volumes.keys()]);
    throw new TskitError('spec', `${field}: expected an absolute path or the name of a volume, found "${name}"`, {
      hint: near === undefined ? `add a volume "${name}" to the spec` : `did you mean "${near}"?`,
    });
  }
  if (volume.readonly && !isReadonly(options)) {
    const message = `${field}: expected the option "ro", because volume "${name}" is read-only, found "${options.join()}"`;
    throw new TskitError('spec', message, { hint: `set ${field} in this entry` });
  }
  return volume;
}

/** Names of the volumes that mounts show, each once; a path into one counts as much as its name. */
export function usedVolumes(mounts: readonly Mount[], volumes: MountedVolumes): readonly string[] {
  const sources = mounts.map(({ source = '' }) => `${source}/`);
  return [...volumes.keys()].filter((name) => sources.some((source) => source.startsWith(`${volumesDir}/${name}/`)));
}
