// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** LinuxKit's extended header records: which entry of the spec brought an entry of the tar, and from which image. */
export const locationRecord = 'LINUXKIT.location';
export const sourceRecord = 'LINUXKIT.source';
