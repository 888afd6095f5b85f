// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Spec } from '../spec/types.ts';
import { type PlacedEntry, placed } from './places.ts';

/** One key of `kernel:`, what it is and who says so. */
export interface KernelSetting extends PlacedEntry {
  readonly setting: string;
  readonly value: string;
  /** Set where the spec says nothing. */
  readonly default?: string;
}

/** Defaults by key. */
const defaults = {
  cmdline: ['', 'no command line'],
  binary: ['kernel', "the image's file of this name"],
  tar: ['kernel.tar', "the image's file of this name"],
  ucode: ['', 'no microcode'],
  modules: ['auto', 'without those that nothing here could have the kernel load'],
  needs: ['', 'nothing beyond what the spec shows'],
} as const;

/** The settings of a spec's kernel; none without one. */
export function explainKernel(spec: Spec): readonly KernelSetting[] {
  const { kernel } = spec;
  if (kernel === undefined) return [];
  const image = { setting: 'image', value: kernel.image, ...placed(spec, ['kernel', 'image']) };
  const others = (['cmdline', 'binary', 'tar', 'ucode', 'modules', 'needs'] as const).map((setting) => {
    const said = wordsOf(kernel[setting]);
    const [value, name] = defaults[setting];
    return said === undefined
      ? { setting, value, entry: `kernel.${setting}`, default: name }
      : { setting, value: said, ...placed(spec, ['kernel', setting]) };
  });
  return [image, ...others];
}

function wordsOf(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'object' ? value.join(' ') : value;
}
