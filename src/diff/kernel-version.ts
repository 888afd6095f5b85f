// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** Where x86 kernels have the offset of their version's text, less 512 (Linux Documentation/arch/x86/boot.rst, kernel_version). */
const versionField = 0x20e;
const magicField = 0x202;
/** Longer ones are no version. */
const maxVersion = 256;

/** How much of a kernel kernelVersion looks at. */
export const kernelStart: number = 128 * 1024;

/** The version that a bzImage says of itself; undefined for other kinds of kernels. */
export function kernelVersion(start: Buffer): string | undefined {
  if (start.length < magicField + 16 || start.toString('latin1', magicField, magicField + 4) !== 'HdrS')
    return undefined;
  const offset = start.readUInt16LE(versionField);
  if (offset === 0) return undefined;
  const at = offset + 0x200;
  const end = start.indexOf(0, at);
  return end === -1 || end === at || end - at > maxVersion ? undefined : start.toString('latin1', at, end);
}
