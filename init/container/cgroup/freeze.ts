// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Stops all processes of a cgroup wherever they are, and lets them go on (cgroup-v2.rst, cgroup.freeze;
// cgroup-v1/freezer-subsystem.rst).

import { readText, writeValue } from '../../files.ts';
import type { Sys } from '../../sys.ts';
import { step } from '../step.ts';
import { waitForEvent } from './events.ts';
import type { CgroupPlace } from './place.ts';

/** Milliseconds until a cgroup that does not freeze is an error: a process may be in an uninterruptible wait. */
const patience = 10_000;

/** Freezes the container's processes and returns when they all are. Throws, with all thawed again, when that takes 10 s. */
export function freezeCgroup(sys: Sys, place: CgroupPlace): void {
  const folder = freezable(place);
  step(`freeze cgroup ${folder}`, () => {
    writeValue(sys, `${folder}/cgroup.freeze`, '1');
    if (waitForEvent(sys, folder, 'frozen 1', patience)) return;
    writeValue(sys, `${folder}/cgroup.freeze`, '0');
    throw new Error(`expected it to be frozen within ${patience / 1000} s, found it running`);
  });
}

/** Lets the container's processes run again; nothing happens when they are not frozen. */
export function thawCgroup(sys: Sys, place: CgroupPlace): void {
  const folder = freezable(place);
  step(`thaw cgroup ${folder}`, () => writeValue(sys, `${folder}/cgroup.freeze`, '0'));
}

/** Whether the container itself was frozen, and not one that it is in. False for one without a cgroup to freeze. */
export function isCgroupFrozen(sys: Sys, { v2 }: CgroupPlace): boolean {
  return v2 !== undefined && readText(sys, `${v2}/cgroup.freeze`).trim() === '1';
}

function freezable({ v2 }: CgroupPlace): string {
  if (v2 === undefined) throw new Error('freeze: expected a cgroup with a freezer, found none');
  return v2;
}
