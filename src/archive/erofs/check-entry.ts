// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../../errors.ts';
import { type Inode, textOf } from '../../file-tree.ts';
import { largestXattrSize, maxXattrSize, maxXattrValue } from './xattrs.ts';

/** NAME_MAX. */
const maxName = 255;
/** PATH_MAX without its NUL: of a longer target the kernel shows the beginning. */
const maxTarget = 4095;
/** What the kernel's dev_t holds. */
const maxMajor = 0xfff;
const maxMinor = 0xf_ff_ff;

/** Throws TskitError `format` for an entry that EROFS, or Linux, cannot hold. */
export function checkEntry(path: string, inode: Inode): void {
  const found = faultOf(path, inode);
  if (found === undefined) return;
  throw new TskitError('format', `writing "${textOf(path)}" to an EROFS image: ${found}`, {
    hint: 'leave it out of the system, or choose the format "tar"',
  });
}

function faultOf(path: string, inode: Inode): string | undefined {
  const name = path.length - path.lastIndexOf('/') - 1;
  if (name > maxName) return `its name has ${name} bytes, expected at most ${maxName}`;
  if (inode.type === 'symlink' && inode.target.length > maxTarget) {
    return `it is a symbolic link to a path of ${inode.target.length} bytes, expected at most ${maxTarget}`;
  }
  if ('major' in inode && (inode.major > maxMajor || inode.minor > maxMinor)) {
    return `it is the device ${inode.major}:${inode.minor}, Linux has at most ${maxMajor}:${maxMinor}`;
  }
  if (inode.xattrs === undefined) return undefined;
  for (const [attribute, { length }] of inode.xattrs) {
    if (length > maxXattrValue) return `its ${attribute} has ${length} bytes, expected at most ${maxXattrValue}`;
  }
  const size = largestXattrSize(inode);
  return size > maxXattrSize
    ? `its extended attributes take ${size} bytes, expected at most ${maxXattrSize}`
    : undefined;
}
