// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../errors.ts';
import { type Bytes, textOf } from '../file-tree.ts';

/** Linux's NAME_MAX. */
export const maxName = 255;
/** Linux's PATH_MAX without the final NUL: the kernel's initramfs code leaves out longer ones without a word. */
export const maxPath = 4095;

/**
 * The components of a path in a layer. Leading slashes do not count: some builders (ko, kaniko) write "/usr/bin/x", and all
 * runtimes take it from the image's root. The root itself is the empty list.
 * @param role for messages: "path" or "link target".
 * @throws TskitError `layer` when the path leaves the root or cannot exist.
 */
export function layerPath(raw: Bytes, role: string): Bytes[] {
  const refuse = (text: string): TskitError =>
    new TskitError('layer', `${role} "${textOf(raw.slice(0, 300))}${raw.length > 300 ? '…' : ''}" ${text}`, {
      hint: 'the image is broken or hostile: build it anew with a tool that writes OCI layers',
    });
  if (raw.includes('\0')) {
    throw refuse('contains a NUL byte');
  }
  const components = raw.split('/').filter((name) => name !== '' && name !== '.') as Bytes[];
  let length = components.length - 1;
  for (const name of components) {
    if (name === '..') {
      throw refuse('contains "..", expected a path inside of the root');
    }
    if (name.length > maxName) {
      throw refuse(`has a name of ${name.length} bytes, expected at most ${maxName}`);
    }
    length += name.length;
  }
  if (length > maxPath) {
    throw refuse(`has ${length} bytes, expected at most ${maxPath}`);
  }
  return components;
}

/**
 * The target of a symbolic link, kept as it is: it may lead anywhere, since it is only ever followed inside of the root.
 * @throws TskitError `layer` when Linux has no such link.
 */
export function symlinkTarget(raw: Bytes, path: Bytes): Bytes {
  if (raw === '' || raw.includes('\0') || raw.length > maxPath) {
    const found =
      raw === ''
        ? 'an empty target'
        : raw.includes('\0')
          ? 'a NUL byte in its target'
          : `a target of ${raw.length} bytes`;
    throw new TskitError('layer', `symbolic link "${textOf(path)}" has ${found}, expected 1 to ${maxPath} bytes`);
  }
  return raw;
}
