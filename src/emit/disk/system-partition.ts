// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { partitionTypes } from '../../archive/gpt.ts';
import type { Uki } from '../uki.ts';
import { derivedGuid, derivedSerial } from './derived-guid.ts';
import { writeFat } from './fat.ts';
import { fatLayout, type FatType } from './fat-layout.ts';
import type { DiskPartition } from './raw-disk.ts';

/** Where firmware looks on a disk that no boot entry names (UEFI specification 3.5.1.1). */
const bootPath = 'EFI/BOOT/BOOTX64.EFI';

/** An EFI system partition with one program that is started. */
export function systemPartition(uki: Uki, type: FatType): DiskPartition {
  const file = { path: bootPath, size: uki.size };
  const layout = fatLayout([file], type);
  const content = [bootPath, uki.authenticode] as const;
  return {
    type: partitionTypes.efiSystem,
    guid: derivedGuid('EFI system partition', ...content),
    name: 'ESP',
    size: layout.size,
    write: (draft, offset, ctx) => {
      const files = [{ ...file, write: (sink: Parameters<Uki['write']>[0]) => uki.write(sink, ctx) }];
      const serial = derivedSerial('FAT', ...content);
      return writeFat(draft, offset, { ...layout, type, label: 'ESP', serial, files }, ctx);
    },
  };
}
