// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { BuildContext } from '../context.ts';
import { decideRoot, type RootDecision } from '../emit/root-kind.ts';
import { type Bytes, bytesOf, contentSize } from '../file-tree.ts';
import type { ModuleSummary } from '../rootfs.ts';
import type { FileSpec } from '../spec/types.ts';
import { type ContainerSection, readContainers, type RootContainer } from '../terms/read-containers.ts';
import type { LoadedSystem } from './file.ts';
import { type PlacedEntry, placed } from './places.ts';
import { type OwnerSize, sizesByOwner } from './sizes.ts';
import { readRoot } from './whole-tree.ts';

/** An image that the spec names. */
export interface NamedImage extends PlacedEntry {
  readonly image: string;
  readonly digest: string;
}

/** An operating system in one screen. */
export interface Overview {
  readonly platform: string;
  readonly kernel?: NamedImage & { readonly bytes: number; readonly cmdline: string };
  /** Absent for a kernel without modules. */
  readonly modules?: ModuleSummary;
  /** Where the root lies in formats that have a disk; absent without a kernel. */
  readonly root?: RootDecision;
  /** In order; a later one wins. */
  readonly init: readonly NamedImage[];
  /** Whose /init boots: an image's reference, or "tskit". */
  readonly boots: string;
  readonly containers: readonly OverviewContainer[];
  readonly files: readonly ({ readonly path: string; readonly what: string } & PlacedEntry)[];
  readonly sizes: readonly OwnerSize[];
  readonly total: { readonly files: number; readonly bytes: number };
}

/** What of a container is worth a line. */
export interface OverviewContainer extends NamedImage {
  readonly section: ContainerSection;
  readonly name: string;
  readonly command: readonly string[];
  /** "0:0" */
  readonly user: string;
  readonly capabilities: readonly string[];
  /** "/source:/destination" */
  readonly binds: readonly string[];
}

/** Looks over a composed system. Its containers are read from the bundles that are built, not from the spec. */
export async function overviewOf({ composition, whole, folders }: LoadedSystem, ctx: BuildContext): Promise<Overview> {
  const { spec, pulled, rootfs } = composition;
  const named = (image: string, path: readonly (string | number)[]): NamedImage => ({
    image,
    digest: pulled.images.get(image)?.digest ?? '',
    ...placed(spec, path),
  });
  const kernel = await rootfs.kernel?.load();
  const sizes = sizesByOwner(whole, folders);
  const boots = whole.get('init' as Bytes)?.from;
  const built = readContainers(readRoot(whole, '' as Bytes));
  const containers = (['onboot', 'services', 'onshutdown'] as const).flatMap((section) => {
    const ofSection = built.filter((container) => container.section === section);
    return spec[section].map(({ name, image }, index) => ({
      section,
      name,
      ...named(image, [section, index]),
      ...summaryOf(ofSection[index]),
    }));
  });
  return {
    platform: `${pulled.platform.os}/${pulled.platform.architecture}`,
    ...(spec.kernel === undefined
      ? {}
      : {
          kernel: {
            ...named(spec.kernel.image, ['kernel', 'image']),
            bytes: kernel === undefined ? 0 : contentSize(kernel),
            cmdline: rootfs.cmdline,
          },
          ...(rootfs.modules && { modules: rootfs.modules }),
          root: await decideRoot(rootfs, ctx),
        }),
    init: spec.init.map((image, index) => named(image, ['init', index])),
    boots: boots?.kind === 'image' ? boots.reference : 'tskit',
    containers,
    files: spec.files.map((file, index) => ({
      path: file.path,
      what: whatOf(file),
      ...placed(spec, ['files', index]),
    })),
    sizes,
    total: {
      files: sizes.reduce((sum, { files }) => sum + files, 0),
      bytes: sizes.reduce((sum, { bytes }) => sum + bytes, 0),
    },
  };
}

function summaryOf(
  container: RootContainer | undefined,
): Pick<OverviewContainer, 'command' | 'user' | 'capabilities' | 'binds'> {
  const terms = container?.terms ?? [];
  const of = (setting: string): readonly { readonly key: string; readonly value: string }[] =>
    terms.filter((term) => term.setting === setting);
  return {
    command: JSON.parse(of('command')[0]?.value ?? '[]') as readonly string[],
    user: `${of('uid')[0]?.value ?? '0'}:${of('gid')[0]?.value ?? '0'}`,
    capabilities: of('capabilities').map(({ key }) => key),
    binds: of('binds').map(({ key, value }) => {
      const [source = '', options = ''] = value.split(' ');
      const unusual = options.split(',').filter((option) => !['rw', 'rbind', 'rshared', 'bind'].includes(option));
      return [source, key, ...(unusual.length === 0 ? [] : [unusual.join(',')])].join(':');
    }),
  };
}

function whatOf({ directory, symlink, source, metadata, contents }: FileSpec): string {
  if (directory === true) return 'folder';
  if (symlink !== undefined) return `link to ${symlink}`;
  if (source !== undefined) return `from ${source}`;
  return metadata === undefined ? `${bytesOf(contents ?? '').length} bytes` : `the spec as ${metadata}`;
}
