// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Stops all processes of a cgroup wherever they are, and lets them go on: by the v1 freezer where it is bound, as other
// runtimes do, else by the v2 cgroup itself (cgroup-v1/freezer-subsystem.rst; cgroup-v2.rst, cgroup.freeze).

import { readText, readTextIfPresent, writeValue } from '../../files.ts';
import type { Sys } from '../../sys.ts';
import { step } from '../step.ts';
import { waitForEvent } from './events.ts';
import type { CgroupPlace } from './place.ts';

/** Milliseconds until a cgroup that does not freeze is an error: a process may be in an uninterruptible wait. */
const patience = 10_000;

/** Freezes the container's processes and returns when they all are. Throws, with all thawed again, when that takes 10 s. */
export function freezeCgroup(sys: Sys, place: CgroupPlace): void {
  const { version, folder } = freezable(place);
  step(`freeze cgroup ${folder}`, () => {
    if (version === 1 ? freezeV1(sys, folder) : freezeV2(sys, folder)) return;
    thaw(sys, place);
    throw new Error(`expected it to be frozen within ${patience / 1000} s, found it running`);
  });
}

/** Lets the container's processes run again; nothing happens when they are not frozen. */
export function thawCgroup(sys: Sys, place: CgroupPlace): void {
  step(`thaw cgroup ${freezable(place).folder}`, () => thaw(sys, place));
}

/** Whether the container itself was frozen, and not one that it is in. False for one without a cgroup to freeze. */
export function isCgroupFrozen(sys: Sys, { v1, v2 }: CgroupPlace): boolean {
  const freezer = v1?.['freezer'];
  if (freezer !== undefined) return readTextIfPresent(sys, `${freezer}/freezer.self_freezing`)?.trim() === '1';
  return v2 !== undefined && readTextIfPresent(sys, `${v2}/cgroup.freeze`)?.trim() === '1';
}

interface Freezable {
  readonly version: 1 | 2;
  readonly folder: string;
}

function freezable({ v1, v2 }: CgroupPlace): Freezable {
  const freezer = v1?.['freezer'];
  if (freezer !== undefined) return { version: 1, folder: freezer };
  if (v2 === undefined) throw new Error('expected a cgroup that can be frozen, found none');
  return { version: 2, folder: v2 };
}

function thaw(sys: Sys, place: CgroupPlace): void {
  const { version, folder } = freezable(place);
  if (version === 1) writeValue(sys, `${folder}/freezer.state`, 'THAWED');
  else writeValue(sys, `${folder}/cgroup.freeze`, '0');
}

function freezeV2(sys: Sys, folder: string): boolean {
  writeValue(sys, `${folder}/cgroup.freeze`, '1');
  return waitForEvent(sys, folder, 'frozen 1', patience);
}

/**
 * The v1 freezer tells nobody when it is done, and misses processes that are made meanwhile until it is told again. Nearly
 * always the first look finds it done.
 */
function freezeV1(sys: Sys, folder: string): boolean {
  let pause = 50_000;
  const longest = 10_000_000;
  for (let waited = 0; waited < patience * 1e6; waited += pause) {
    writeValue(sys, `${folder}/freezer.state`, 'FROZEN');
    if (readText(sys, `${folder}/freezer.state`).trim() === 'FROZEN') return true;
    sys.nanosleep(pause);
    pause = Math.min(pause * 2, longest);
  }
  return false;
}
