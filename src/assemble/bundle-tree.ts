// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { relative } from 'node:path/posix';
import { type BootPlan, bootPlanVersion, type WatchdogPlan } from '../../init/contract/boot-plan.ts';
import type { DiskPlan } from '../../init/contract/disk-plan.ts';
import { bootPlanPath } from '../../init/contract/paths.ts';
import { bundleFilterName } from '../../seccomp/filter-file.ts';
import { type Bytes, bytesOf, type FileTree, type Inode, type LazyTree, type Provenance } from '../file-tree.ts';
import { stringifyJson } from '../json.ts';
import { type Bundle, imagePath } from './bundle.ts';
import { addParents, directory, inlineFile, symlink } from '../inodes.ts';
import { hashOf, keyOf } from './key.ts';
import type { Section } from './settings.ts';
import { stopSeconds } from './stop-seconds.ts';
import type { Volume } from './volumes.ts';

/** All bundles of a spec, each section in its order, its volumes, and what else the boot plan has. */
export type Bundles = Readonly<Record<Section, readonly Bundle[]>> & {
  readonly volumes: readonly Volume[];
  readonly watchdog?: WatchdogPlan;
  readonly disk?: DiskPlan;
};

/**
 * The boot plan: what init runs, in order. A crash of init itself restarts the machine, as a kernel would with panic=
 * set.
 */
function bootPlan(bundles: Bundles): BootPlan {
  return {
    version: bootPlanVersion,
    volumes: bundles.volumes.map((volume) => volume.plan),
    onboot: bundles.onboot.map((bundle) => bundle.plan),
    services: bundles.services.map((bundle) => bundle.plan),
    onshutdown: bundles.onshutdown.map((bundle) => bundle.plan),
    panic: 'reboot',
    stopSeconds: stopSeconds([...bundles.onboot, ...bundles.services].map((bundle) => bundle.plan)),
    ...(bundles.watchdog && { watchdog: bundles.watchdog }),
    ...(bundles.disk && { disk: bundles.disk }),
  };
}

/**
 * The small tree that changes with every edit of the spec: one folder for each container and volume, and the boot plan. `etc` is
 * /etc as the root has it, since this tree names it a second time: the kernel gives a directory the mode of its last
 * mention.
 */
export function bundleTree(bundles: Bundles, etc: Inode, epoch: number): LazyTree {
  const texts = [...bundles.onboot, ...bundles.onshutdown, ...bundles.services].map((bundle) => ({
    path: bundle.plan.bundle.slice(1),
    config: stringifyJson(bundle.config, 2),
    runtime: stringifyJson(bundle.runtime, 2),
    lower: bundle.isOverlaid ? bundle.image : undefined,
    filter: bundle.filter,
  }));
  const volumes = bundles.volumes.map(({ folder, content }) => ({
    path: folder.slice(1),
    kind: content.kind,
    lower: content.kind === 'image' ? imagePath(content.image.digest) : undefined,
  }));
  const origins = [...bundles.onboot, ...bundles.onshutdown, ...bundles.services].map(
    ({ entry }): Provenance => ({ kind: 'spec', entry }),
  );
  const plan = stringifyJson(bootPlan(bundles));
  return {
    key: keyOf('bundles', hashOf(Buffer.from(stringifyJson([texts.map(hashed), volumes, plan]))), etc, epoch),
    label: 'containers and boot plan',
    load: () => {
      const tree = new Map<Bytes, Inode>([[bytesOf('etc'), etc]]);
      for (const [index, { path, config, runtime, lower, filter }] of texts.entries()) {
        const add = (name: string, inode: Inode): void =>
          addEntry(tree, `${path}${name}`, inode, origins[index], epoch);
        add('', directory(epoch));
        add('/config.json', inlineFile(epoch, config));
        add('/runtime.json', inlineFile(epoch, runtime));
        if (filter !== undefined) add(`/${bundleFilterName}`, inlineFile(epoch, filter));
        add('/rootfs', directory(epoch));
        if (lower === undefined) continue;
        add('/tmp', directory(epoch));
        add('/lower', linkTo(lower, `${path}/lower`, epoch));
      }
      for (const [index, { path, kind, lower }] of volumes.entries()) {
        const from: Provenance = { kind: 'spec', entry: `volume[${index}]` };
        const add = (name: string, inode: Inode): void => addEntry(tree, `${path}${name}`, inode, from, epoch);
        add('', directory(epoch));
        add('/merged', directory(epoch));
        add('/tmp', directory(epoch));
        // A layout is a tree of its own there.
        if (lower !== undefined) add('/lower', linkTo(lower, `${path}/lower`, epoch));
        else if (kind === 'blank') add('/lower', directory(epoch));
      }
      addEntry(tree, bootPlanPath.slice(1), inlineFile(epoch, plan), undefined, epoch);
      return Promise.resolve(tree as FileTree);
    },
  };
}

/** For the key: a filter by its hash. */
function hashed(text: { readonly filter: Uint8Array | undefined }): unknown {
  return { ...text, filter: text.filter === undefined ? '' : hashOf(text.filter) };
}

function addEntry(
  tree: Map<Bytes, Inode>,
  path: string,
  inode: Inode,
  from: Provenance | undefined,
  epoch: number,
): void {
  addParents(tree, bytesOf(path), epoch);
  tree.set(bytesOf(path), from === undefined ? inode : { ...inode, from });
}

/** A link at `path`; relative, so that it leads to the same wherever the root is mounted or unpacked. */
function linkTo(target: string, path: string, epoch: number): Inode {
  return symlink(epoch, relative(`/${path}/..`, target));
}
