// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What is written below /run/config, as data.

import type { Findings } from './findings.ts';

/** A file or folder; its path has no step that leads elsewhere. */
export type FileEntry =
  | { readonly kind: 'folder'; readonly path: readonly string[]; readonly mode: number }
  | {
      readonly kind: 'file';
      readonly path: readonly string[];
      readonly mode: number;
      readonly text?: string;
      readonly bytes?: Uint8Array;
    };

/** Bytes of a name (NAME_MAX). */
const longestName = 255;

/** The steps of a name that may have slashes; undefined when one of them is none of a file: "..", "", one with a control character. */
export function splitName(name: string): readonly string[] | undefined {
  const steps = name.split('/');
  const isSafe = (step: string): boolean =>
    step !== '' && step !== '.' && step !== '..' && step.length <= longestName && !/[\u0000-\u001f\u007f]/.test(step);
  return steps.every(isSafe) ? steps : undefined;
}

/** Who told it: the provider's name as LinuxKit has it, and by the command line's. */
export interface Origin {
  readonly name: string;
  readonly id: string;
}

/** The files of what a provider told, in the order in which they are written: without those that the user data asks for. */
export function treeOf({ name, id }: Origin, found: Findings): FileEntry[] {
  const values = [...found.values].sort(([one], [other]) => (one < other ? -1 : 1));
  const summary = { provider: id, ...Object.fromEntries(values), ssh_keys: found.keys };
  return [
    file(['provider'], 0o644, name),
    ...values.map(([key, value]) => file([key], 0o644, value)),
    file(['metadata.json'], 0o644, `${JSON.stringify(summary, null, 2)}\n`),
    ...keysOf(found),
    ...(found.vendorData === undefined ? [] : [data(['vendordata'], 0o600, found.vendorData)]),
    ...(found.userData === undefined ? [] : [data(['userdata'], 0o644, found.userData)]),
  ];
}

/** There without keys too, so that a bind of it never fails. */
export function keysOf({ keys }: Pick<Findings, 'keys'>): FileEntry[] {
  return [
    { kind: 'folder', path: ['ssh'], mode: 0o755 },
    file(['ssh', 'authorized_keys'], 0o600, keys.map((key) => `${key}\n`).join('')),
  ];
}

function file(path: readonly string[], mode: number, text: string): FileEntry {
  return { kind: 'file', path, mode, text };
}

function data(path: readonly string[], mode: number, bytes: Uint8Array): FileEntry {
  return { kind: 'file', path, mode, bytes };
}
