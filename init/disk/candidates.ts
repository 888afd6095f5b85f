// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { DiskPlan } from '../contract/disk-plan.ts';
import { describeError, listFolder, readBytesIfPresent, readTextIfPresent, readValue } from '../files.ts';
import type { Sys } from '../sys.ts';
import { isBlank } from './blank.ts';
import { devicePath, openDevice } from './block-device.ts';
import type { Candidate } from './find-disk.ts';
import { hasPartition, presentLabels } from './layout.ts';
import { readTable } from './table.ts';

/** In memory, made of others, or something that is taken out: never meant unless it is named. */
const others = /^(loop|z?ram|dm-|md|sr|fd|nbd|mtdblock|zd|drbd)[0-9]/;

/** What systemd-boot's stub leaves behind: the partition that it was started from (systemd's Boot Loader Interface). */
const loaderVariable = '/sys/firmware/efi/efivars/LoaderDevicePartUUID-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f';

/**
 * The disks of the machine that a plan may mean, by name. `rootPartition` is the GUID, in lower case, of the partition that the root is
 * on, where there is one.
 */
export function listCandidates(sys: Sys, plan: DiskPlan, rootPartition: string | undefined): readonly Candidate[] {
  const systemPartitions = [rootPartition, readBootPartition(sys)].filter((guid) => guid !== undefined);
  return listFolder(sys, '/sys/block')
    .filter((name) => devicePath(name) === plan.device || !others.test(name))
    .toSorted()
    .flatMap((name) => {
      const bytes = Number(readTextIfPresent(sys, `/sys/block/${name}/size`) ?? 0) * 512;
      return bytes === 0 ? [] : [look(sys, plan, name, bytes, systemPartitions)];
    });
}

function look(sys: Sys, plan: DiskPlan, name: string, bytes: number, systemPartitions: readonly string[]): Candidate {
  const path = devicePath(name);
  const base = { name, path, bytes };
  const refused = (refusal: string): Candidate => ({
    ...base,
    refusal,
    isRoot: false,
    content: 'foreign',
    present: [],
  });
  try {
    if (readValue(sys, `/sys/block/${name}/ro`).trim() !== '0') return refused('it is read-only');
    const isFixed = readValue(sys, `/sys/block/${name}/removable`).trim() === '0' || path === plan.device;
    // A system may run from a stick, and is at home there.
    const removable = isFixed ? {} : { refusal: 'it can be taken out' };
    const device = openDevice(sys, name, 'read');
    try {
      // The mark of an unfinished table counts more than what there is of the table.
      if (isBlank(device)) return { ...base, ...removable, isRoot: false, content: 'blank', present: [] };
      const found = readTable(device);
      if (found === undefined) return { ...base, ...removable, isRoot: false, content: 'foreign', present: [] };
      const isRoot = systemPartitions.some((guid) => hasPartition(found.table, guid));
      const present = presentLabels(found.table, plan.partitions);
      return { ...base, ...(isRoot ? {} : removable), isRoot, content: found, present };
    } finally {
      device.close();
    }
  } catch (error) {
    return refused(describeError(error));
  }
}

/** A GUID in lower case. */
function readBootPartition(sys: Sys): string | undefined {
  const variable = readBytesIfPresent(sys, loaderVariable);
  // Four bytes of attributes, then UTF-16 with a NUL at its end.
  const text = variable?.subarray(4).filter((byte) => byte !== 0);
  return text === undefined ? undefined : sys.decodeUtf8(text).toLowerCase();
}
