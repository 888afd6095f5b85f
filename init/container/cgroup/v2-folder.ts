// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The container's folder in the v2 hierarchy, with the controllers that it needs (cgroup-v2.rst, Controlling Controllers).

import { errnoOf, readValue, writeValue } from '../../files.ts';
import type { Sys } from '../../sys.ts';
import { step } from '../step.ts';
import { makeFolderAnew, removeIfUnused } from './tree.ts';

/**
 * Makes a cgroup and those above it, and passes every controller there is down to it, so that use is accounted as well as
 * limited; `needed` ones that cannot be had are an error. Whether the cgroup was not there before. Also for the cgroups that a
 * bundle asks for by runtime.json.
 */
export function makeV2Folder(sys: Sys, mount: string, path: string, needed: readonly string[]): boolean {
  if (path === '/') throw new Error(`cgroup: expected a path below ${mount}, found "${path}"`);
  const made: string[] = [];
  try {
    if (!makeAtOnce(sys, mount, path, needed, made)) makeLevelByLevel(sys, mount, path, needed, made);
    return made.includes(mount + path);
  } catch (error) {
    for (const folder of made.toReversed()) removeIfUnused(sys, folder);
    throw error;
  }
}

/** As nearly always: the cgroup above is there, and whoever made it has passed all controllers down. */
function makeAtOnce(sys: Sys, mount: string, path: string, needed: readonly string[], made: string[]): boolean {
  const folder = mount + path;
  return (
    step(`make cgroup ${folder}`, () => makeIfParentIs(sys, folder, made)) &&
    hasAllControllers(sys, mount, folder, needed)
  );
}

function makeIfParentIs(sys: Sys, folder: string, made: string[]): boolean {
  try {
    if (makeFolderAnew(sys, folder)) made.push(folder);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

function hasAllControllers(sys: Sys, mount: string, folder: string, needed: readonly string[]): boolean {
  const here = readValue(sys, `${folder}/cgroup.controllers`);
  const all = readValue(sys, `${mount}/cgroup.controllers`);
  return here === all && needed.every((name) => words(all).includes(name));
}

function makeLevelByLevel(sys: Sys, mount: string, path: string, needed: readonly string[], made: string[]): void {
  let folder = mount;
  for (const name of path.split('/').slice(1)) {
    enableControllers(sys, folder, needed);
    folder = `${folder}/${name}`;
    const next = folder;
    if (step(`make cgroup ${next}`, () => makeFolderAnew(sys, next))) made.push(next);
    makeUsable(sys, next, needed);
  }
}

function enableControllers(sys: Sys, folder: string, needed: readonly string[]): void {
  const available = words(readValue(sys, `${folder}/cgroup.controllers`));
  const missing = needed.find((name) => !available.includes(name));
  if (missing !== undefined)
    throw new Error(
      `cgroup: expected the controller "${missing}" in ${folder} for the limits asked, found ${available.join(', ') || 'none'}`,
    );
  const enabled = words(readValue(sys, `${folder}/cgroup.subtree_control`));
  const wanted = available.filter((name) => !enabled.includes(name));
  if (wanted.length === 0 || enableIfPossible(sys, folder, wanted)) return;
  for (const name of wanted) {
    try {
      if (needed.includes(name)) enable(sys, folder, [name]);
    } catch (error) {
      throw new Error(`cgroup: enable the controller "${name}" below ${folder}: ${errnoOf(error) ?? String(error)}`, {
        cause: error,
      });
    }
  }
}

/**
 * All of them at once or none. One by one some might succeed in a cgroup that has processes, the threaded ones: that would make
 * it a threaded domain, which nobody asked for.
 */
function enableIfPossible(sys: Sys, folder: string, names: readonly string[]): boolean {
  try {
    enable(sys, folder, names);
    return true;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return false;
  }
}

function enable(sys: Sys, folder: string, names: readonly string[]): void {
  writeValue(sys, `${folder}/cgroup.subtree_control`, names.map((name) => `+${name}`).join(' '));
}

/** Controllers that can be used in a threaded cgroup (cgroup-v2.rst, Threads). */
const threadedControllers: ReadonlySet<string> = new Set(['cpu', 'cpuset', 'perf_event', 'pids']);

/** A cgroup below a threaded one takes in no process before it is threaded as well, and then has no domain controllers. */
function makeUsable(sys: Sys, folder: string, needed: readonly string[]): void {
  const type = readValue(sys, `${folder}/cgroup.type`).trim();
  if (type === 'domain') return;
  const domainOnly = needed.find((name) => !threadedControllers.has(name));
  if (domainOnly !== undefined)
    throw new Error(`cgroup ${folder}: expected the type "domain" for the controller "${domainOnly}", found "${type}"`);
  if (type === 'domain invalid')
    step(`make cgroup ${folder} threaded`, () => writeValue(sys, `${folder}/cgroup.type`, 'threaded'));
}

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
