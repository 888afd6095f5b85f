// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { BundleRuntime } from '../../init/contract/bundle-runtime.ts';
import type { ContainerPlan } from '../../init/contract/container-plan.ts';
import type { DiskPlan } from '../../init/contract/disk-plan.ts';
import { imagesDir } from '../../init/contract/paths.ts';
import type { Mount, RuntimeConfig } from '../../init/contract/runtime-config.ts';
import { TskitError } from '../errors.ts';
import type { FlattenedImage } from '../flatten.ts';
import { stringifyJson } from '../json.ts';
import type { Digest, Platform } from '../oci/types.ts';
import type { Origin } from '../spec/origin.ts';
import type { ImageSettings, ImageSpec, MountSpec, Spec } from '../spec/types.ts';
import { foldersToMake } from './bound-folders.ts';
import { bundlePath, entryId } from './bundle-path.ts';
import type { Dependencies } from './dependencies.ts';
import { usedPartitions } from './disk-plan.ts';
import type { HealthPlans } from './health-plans.ts';
import type { Ids } from './ids.ts';
import { interfaceWarnings, processRuntime } from './interfaces.ts';
import { mappingsOf } from './mounts.ts';
import { withNotifySocket } from './notify.ts';
import { sharesProcesses, withPod } from './pod.ts';
import { containerResources } from './resources.ts';
import { commandWarnings, runtimeConfig } from './runtime-config.ts';
import { logPlan } from './log-plan.ts';
import { secretPlans } from './secret-plans.ts';
import { inEntry, type Section, settingsOf } from './settings.ts';
import type { Users } from './users.ts';
import { boundRoot, overlaidRoot } from './root-mounts.ts';
import { type SeccompProfiles, seccompOf } from './seccomp.ts';
import { unitPlan } from './unit-plan.ts';
import { type MountedVolumes, usedVolumes, withVolumePaths } from './volume-uses.ts';

/** One container as it will lie in the image: its folder's two JSON files and its line of the boot plan. */
export interface Bundle {
  /** Where the spec has it: "services[0]". */
  readonly entry: string;
  readonly plan: ContainerPlan;
  readonly config: RuntimeConfig;
  readonly runtime: BundleRuntime;
  /** Where the image's tree lies. */
  readonly image: string;
  /** Whether a file system in memory is laid over it. */
  readonly isOverlaid: boolean;
  /** The compiled filter of config.json's linux.seccomp, a file of the bundle. */
  readonly filter?: Uint8Array;
  /** What the entry asks for and the booted system will not do. */
  readonly warnings: readonly string[];
}

/** A double holds any integer of 15 digits. A string that has as many digits costs the better reader and no more. */
const longInteger = /[0-9]{16}/;

/** What the entries of a spec are turned into bundles with. */
export interface BundleContext {
  readonly ids: Ids;
  readonly profiles: SeccompProfiles;
  readonly platform: Platform;
  readonly users: Users;
  readonly volumes: MountedVolumes;
  /** What a container that binds it finds made (bound-folders.ts). */
  readonly folders: readonly string[];
  readonly health: HealthPlans;
  readonly dependencies: Pick<Dependencies, 'get'>;
  readonly secrets?: Spec['secrets'];
  /** Where the entries are, for messages. */
  readonly origin?: Origin;
  readonly disk?: DiskPlan;
}

/**
 * A spec's entry with its image's label and config as a bundle. `index` is its place in the section: onboot and
 * onshutdown entries may share a name, and LinuxKit's init runs them in the order of their folders. Throws what is
 * wrong with the entry, naming it.
 */
export function makeBundle(
  section: Section,
  index: number,
  entry: ImageSpec,
  image: FlattenedImage,
  context: BundleContext,
): Bundle {
  const { ids, profiles, platform, users, volumes, folders, health, dependencies } = context;
  return inEntry(context.origin, section, index, entry, () => {
    checkName(entry.name);
    const asked = settingsOf(section, entry, image);
    const settings = withVolumePaths(withPod(asked, entry.pod), volumes);
    const bundle = bundlePath(section, index, entry.name);
    const stopSignal = settings.stop_signal ?? image.config.config?.StopSignal;
    const check = health.get(entry);
    const seccomp = seccompOf(settings, profiles, platform);
    const id = entryId(section, index, entry.name);
    const plain = runtimeConfig(settings, image.config, ids, users.get(entry), seccomp?.section);
    const config = withNotifySocket(plain, id, check);
    const runtime = bundleRuntime(settings, bundle, imagePath(image.digest), folders);
    const secrets = secretPlans(settings, context.secrets);
    const mounts = [...(config.mounts ?? []), ...(runtime.mounts ?? [])];
    const used = usedVolumes(mounts, volumes);
    const partitions = usedPartitions(mounts, context.disk);
    return {
      entry: `${section}[${index}]`,
      plan: {
        id,
        name: entry.name,
        bundle,
        ...(longInteger.test(stringifyJson(config)) ? { bigIntegers: true } : {}),
        image: entry.image,
        ...waitsOf(entry, dependencies),
        unit: unitPlan(section, settings, check !== undefined),
        critical: section === 'services' && settings.critical === true,
        log: logPlan(settings.logging),
        ...(used.length === 0 ? {} : { volumes: used }),
        ...(partitions.length === 0 ? {} : { partitions }),
        ...(stopSignal ? { stopSignal } : {}),
        ...(check === undefined ? {} : { health: check }),
        ...(secrets.length === 0 ? {} : { secrets }),
        ...(entry.pod === undefined ? {} : { pod: entry.pod }),
        ...(sharesProcesses(asked) ? { sharesProcesses: true } : {}),
      },
      config,
      runtime,
      image: imagePath(image.digest),
      isOverlaid: settings.readonly !== true,
      ...(seccomp === undefined ? {} : { filter: seccomp.filter }),
      warnings: [
        ...commandWarnings(settings, image.config),
        ...containerResources(settings.resources).warnings,
        ...interfaceWarnings(settings),
      ],
    };
  });
}

function waitsOf(
  entry: ImageSpec,
  dependencies: BundleContext['dependencies'],
): Pick<ContainerPlan, 'after' | 'waitsForOnboot'> {
  const waits = dependencies.get(entry);
  if (waits === undefined) throw new Error(`what "${entry.name}" waits for was not planned`);
  return waits;
}

/** Where an image's tree lies in the booted system: by content, so that it does not move when entries come and go. */
export function imagePath(digest: Digest): string {
  return `${imagesDir}/${digest.slice('sha256:'.length, 'sha256:'.length + 16)}`;
}

/** The name becomes a folder and a container id (what containerd takes for one). */
function checkName(name: string): void {
  if (/^[A-Za-z0-9]+(?:[._-]+[A-Za-z0-9]+)*$/.test(name)) return;
  throw new TskitError(
    'spec',
    `name: expected letters and digits, with ".", "_" or "-" only between them, found "${name}"`,
  );
}

/** LinuxKit's runtime.json: mounts that make `rootfs`, then what the entry asks for. */
function bundleRuntime(
  settings: ImageSettings,
  bundle: string,
  image: string,
  boundFolders: readonly string[],
): BundleRuntime {
  const { cgroups, mounts = [] } = settings.runtime ?? {};
  const folders = foldersToMake(settings, boundFolders);
  const root = settings.readonly === true ? boundRoot(bundle, image) : overlaidRoot(bundle, image);
  return {
    mounts: [...root, ...mounts.map(runtimeMount)],
    ...(folders.length === 0 ? {} : { mkdir: folders }),
    ...(cgroups === undefined ? {} : { cgroups }),
    ...processRuntime(settings),
  };
}

function runtimeMount(mount: MountSpec): Mount {
  if (mount.destination === undefined || mount.destination === '') {
    throw new TskitError('spec', `runtime.mounts: expected a destination, found none in ${JSON.stringify(mount)}`);
  }
  const { uidmappings: _, gidmappings: __, ...rest } = mount;
  return { ...rest, destination: mount.destination, ...mappingsOf(mount) };
}
