// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readFat } from './fat.ts';
import { readIso9660 } from './iso9660.ts';
import type { Medium, ReadDevice } from './medium.ts';
import { readUdf } from './udf.ts';

/** The file system of a device; undefined when it is another than these, or none. A disc may have two with the same files. */
export function openMedium(read: ReadDevice): Medium | undefined {
  return readIso9660(read) ?? readUdf(read) ?? readFat(read);
}
