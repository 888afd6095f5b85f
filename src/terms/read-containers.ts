// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { BootPlan, VolumePlan } from '../../init/contract/boot-plan.ts';
import type { ContainerPlan } from '../../init/contract/container-plan.ts';
import { bootPlanPath, onbootDir, onshutdownDir, servicesDir } from '../../init/contract/paths.ts';
import { parseJson } from '../../init/json.ts';
import { bytesOf, textOf } from '../file-tree.ts';
import type { ReadRoot } from '../installed/read-root.ts';
import { containerTerms, named, type ContainerFiles } from './container-terms.ts';
import type { Term } from './term.ts';

export type ContainerSection = 'onboot' | 'services' | 'onshutdown' | 'volumes';

/** A container as it lies in a root, or a volume, which is compared likewise. */
export interface RootContainer {
  readonly section: ContainerSection;
  readonly name: string;
  /** Path of its bundle in the root, without a leading slash. */
  readonly folder: string;
  /** The image tree that its root is made of, when it is one of the shared ones. */
  readonly imageFolder?: string;
  readonly terms: readonly Term[];
}

const sections: readonly (readonly [ContainerSection, string])[] = [
  ['onboot', onbootDir],
  ['services', servicesDir],
  ['onshutdown', onshutdownDir],
];

/**
 * The containers of a root in the order in which they run: by the boot plan, and where there is none (LinuxKit's) by their
 * folders.
 */
export function readContainers(root: ReadRoot): readonly RootContainer[] {
  const plan = readJson(root, bootPlanPath.slice(1)) as Partial<BootPlan> | undefined;
  const volumes = (listIn(plan?.volumes) ?? []).filter(isVolumePlan).map((volume) => readVolume(root, volume));
  const containers = sections.flatMap(([section, dir]) => {
    const plans = listIn(plan?.[section])?.filter(isContainerPlan);
    const folders = plans?.map(({ bundle }) => bundle.slice(1)) ?? bundleFolders(root, dir.slice(1));
    return folders.map((folder, index) => readContainer(root, section, folder, plans?.[index]));
  });
  return [...containers, ...volumes];
}

/** What the boot plan says of the system and of no container in it, under its own names ("watchdog.timeout"). */
export function readSystemTerms(root: ReadRoot): readonly Term[] {
  const plan = Object(readJson(root, bootPlanPath.slice(1))) as Partial<BootPlan>;
  // The bound of the stop follows from what the entries promise.
  const {
    version: _version,
    volumes: _volumes,
    onboot: _onboot,
    services: _services,
    onshutdown: _onshutdown,
    stopSeconds: _,
    ...own
  } = plan;
  return named(own);
}

function listIn(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) ? value : undefined;
}

/** Whatever a stranger's boot plan holds: init would not start what has no name or bundle. */
function isContainerPlan(value: unknown): value is ContainerPlan {
  const plan = Object(value) as Partial<ContainerPlan>;
  return typeof plan.name === 'string' && typeof plan.bundle === 'string';
}

function isVolumePlan(value: unknown): value is VolumePlan {
  const plan = Object(value) as Partial<VolumePlan>;
  return typeof plan.name === 'string' && typeof plan.folder === 'string' && Array.isArray(plan.mounts);
}

/** Its content is an image's tree, which its folder `lower` links to, or lies in that. */
function readVolume(root: ReadRoot, { name, folder, mounts }: VolumePlan): RootContainer {
  const path = folder.slice(1);
  const lower = root.link(bytesOf(`${path}/lower`));
  const imageFolder = lower === undefined ? undefined : /images\/[0-9a-f]{16}/.exec(lower)?.[0];
  return {
    section: 'volumes',
    name,
    folder: path,
    ...(imageFolder === undefined ? {} : { imageFolder: `containers/${imageFolder}` }),
    terms: named({ mounts: mounts.map((mount) => JSON.stringify(mount)) }),
  };
}

function readContainer(
  root: ReadRoot,
  section: ContainerSection,
  folder: string,
  plan: ContainerPlan | undefined,
): RootContainer {
  const config = readJson(root, `${folder}/config.json`) ?? {};
  const runtime = readJson(root, `${folder}/runtime.json`) ?? {};
  const last = folder.slice(folder.lastIndexOf('/') + 1);
  const name = plan?.name ?? (section === 'services' ? last : last.replace(/^\d+-/, ''));
  const imageFolder = /containers\/images\/[0-9a-f]{16}/.exec(JSON.stringify(Object(runtime)['mounts'] ?? []))?.[0];
  const files = { config, runtime, ...(plan && { plan }) } as unknown as ContainerFiles;
  return { section, name, folder, ...(imageFolder === undefined ? {} : { imageFolder }), terms: termsOf(files) };
}

/** Another tool's config.json may have any shape: then its members are compared as they are. */
function termsOf(files: ContainerFiles): readonly Term[] {
  try {
    return containerTerms(files);
  } catch {
    return [...named(files.config), ...named(files.runtime, 'runtime.')];
  }
}

function bundleFolders(root: ReadRoot, dir: string): readonly string[] {
  const folders = [...root.paths()].flatMap((path) => {
    const match = /^([^/]+\/[^/]+\/[^/]+)\/config\.json$/.exec(path);
    return match?.[1]?.startsWith(`${dir}/`) === true ? [match[1]] : [];
  });
  return folders.map((folder) => textOf(folder)).sort();
}

function readJson(root: ReadRoot, path: string): unknown {
  const text = root.text(bytesOf(path));
  if (text === undefined) return undefined;
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
