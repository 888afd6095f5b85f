// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** A difference that is meant to be there; docs/linuxkit.md says so to users. */
export interface Deliberate {
  readonly file: RegExp;
  readonly container: string;
  readonly what: RegExp;
  readonly why: string;
}

export const deliberate: readonly Deliberate[] = [
  {
    file: /vsudd-containerd\.yml$/,
    container: 'vsudd',
    what: /containerd\.sock/,
    why: 'tskit starts containers itself, so that there is no containerd and no socket of it',
  },
];

/**
 * Files that are no YAML, which LinuxKit's own reader refuses too, and what makes them one: here a comment that ends a block of text
 * early.
 */
export const repairs: readonly { readonly file: RegExp; readonly from: string; readonly to: string }[] = [
  { file: /static-ip\.yml$/, from: '#      domain test.local', to: '      # domain test.local' },
];

/** Specs that are to be refused: an unknown key, and a read-only volume that is bound writable. */
export const refused: readonly RegExp[] = [/091_validate_linuxkit_yaml/, /070_volumes\/002_rw_on_ro/];
