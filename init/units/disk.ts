// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** Partitions that keep data, loaded by PID 1 for a boot plan that has some (supervise/partitions.ts). */
export { setUpDisk as default } from '../disk/set-up.ts';
