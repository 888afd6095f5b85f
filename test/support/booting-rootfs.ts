// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Rootfs } from '../../src/rootfs.ts';
import { efiProgram } from './efi-program.ts';
import { file, lazy, rootfsOf, treeOf } from './trees.ts';

/** The kernel of {@link bootingRootfs}. */
export const bootingKernel: Buffer = efiProgram(Buffer.alloc(3_000_000, 'kernel '));

/** A system with a kernel, for what is laid out and not booted. */
export function bootingRootfs(more: Partial<Rootfs> = {}): Rootfs {
  return rootfsOf([{ prefix: '', tree: lazy(treeOf({ init: file('init', { mode: 0o755 }) }), 'root') }], {
    kernel: { key: 'kernel', label: 'kernel', load: () => Promise.resolve({ kind: 'inline', data: bootingKernel }) },
    ...more,
  });
}
