// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { partitionTypes } from '../../archive/gpt.ts';
import type { RootImage } from '../root-image.ts';
import { copySparse } from './copy-sparse.ts';
import type { DiskPartition } from './raw-disk.ts';

/** Bit 60: nothing may write to it (Discoverable Partitions Specification, "Partition Flags"). */
const readOnly = 1n << 60n;

/** The partition of a root image, whose GUID the kernel's command line names. */
export function rootPartition({ file, size, partUuid }: RootImage): DiskPartition {
  return {
    type: partitionTypes.rootX86_64,
    guid: partUuid,
    name: 'root',
    attributes: readOnly,
    size,
    write: (draft, offset, { signal }) => copySparse(draft, offset, file, size, signal),
  };
}
