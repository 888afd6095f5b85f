// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { relative } from 'node:path/posix';
import { type BootPlan, bootPlanPath } from '../../init/contract.ts';
import { bundleFilterName } from '../../seccomp/filter-file.ts';
import { type Bytes, bytesOf, type FileTree, type Inode, type LazyTree } from '../file-tree.ts';
import { stringifyJson } from '../json.ts';
import { type Bundle, imagePath } from './bundle.ts';
import { addParents, directory, inlineFile, symlink } from '../inodes.ts';
import { hashOf, keyOf } from './key.ts';
import type { Section } from './settings.ts';
import type { Volume } from './volumes.ts';

/** All bundles of a spec, each section in its order, and its volumes. */
export type Bundles = Readonly<Record<Section, readonly Bundle[]>> & { readonly volumes: readonly Volume[] };

/**
 * The boot plan: what init runs, in order. A crash of init itself restarts the machine, as a kernel would with panic=
 * set.
 */
function bootPlan(bundles: Bundles): BootPlan {
  return {
    version: 1,
    volumes: bundles.volumes.map((volume) => volume.plan),
    onboot: bundles.onboot.map((bundle) => bundle.plan),
    services: bundles.services.map((bundle) => bundle.plan),
    onshutdown: bundles.onshutdown.map((bundle) => bundle.plan),
    panic: 'reboot',
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
    lower: bundle.config.root.readonly === true ? undefined : bundle.image,
    filter: bundle.filter,
  }));
  const volumes = bundles.volumes.map(({ folder, content }) => ({
    path: folder.slice(1),
    kind: content.kind,
    lower: content.kind === 'image' ? imagePath(content.image.digest) : undefined,
  }));
  const plan = stringifyJson(bootPlan(bundles));
  return {
    key: keyOf('bundles', hashOf(Buffer.from(stringifyJson([texts.map(hashed), volumes, plan]))), etc, epoch),
    label: 'containers and boot plan',
    load: () => {
      const tree = new Map<Bytes, Inode>([[bytesOf('etc'), etc]]);
      for (const { path, config, runtime, lower, filter } of texts) {
        addFile(tree, `${path}/config.json`, config, epoch);
        addFile(tree, `${path}/runtime.json`, runtime, epoch);
        if (filter !== undefined) addFile(tree, `${path}/${bundleFilterName}`, filter, epoch);
        addDirectory(tree, `${path}/rootfs`, epoch);
        if (lower === undefined) continue;
        addDirectory(tree, `${path}/tmp`, epoch);
        addLink(tree, `${path}/lower`, lower, epoch);
      }
      for (const { path, kind, lower } of volumes) {
        addDirectory(tree, `${path}/merged`, epoch);
        addDirectory(tree, `${path}/tmp`, epoch);
        // A layout is a tree of its own there.
        if (lower !== undefined) addLink(tree, `${path}/lower`, lower, epoch);
        else if (kind === 'blank') addDirectory(tree, `${path}/lower`, epoch);
      }
      addFile(tree, bootPlanPath.slice(1), plan, epoch);
      return Promise.resolve(tree as FileTree);
    },
  };
}

/** For the key: a filter by its hash. */
function hashed(text: { readonly filter: Uint8Array | undefined }): unknown {
  return { ...text, filter: text.filter === undefined ? '' : hashOf(text.filter) };
}

function addFile(tree: Map<Bytes, Inode>, path: string, data: string | Uint8Array, epoch: number): void {
  addParents(tree, bytesOf(path), epoch);
  tree.set(bytesOf(path), inlineFile(epoch, data));
}

function addDirectory(tree: Map<Bytes, Inode>, path: string, epoch: number): void {
  addParents(tree, bytesOf(path), epoch);
  tree.set(bytesOf(path), directory(epoch));
}

/** Relative, so that it leads to the same wherever the root is mounted or unpacked. */
function addLink(tree: Map<Bytes, Inode>, path: string, target: string, epoch: number): void {
  addParents(tree, bytesOf(path), epoch);
  tree.set(bytesOf(path), symlink(epoch, relative(`/${path}/..`, target)));
}
