// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// /proc/PID/mountinfo (proc_pid_mountinfo(5)).

/** A line of it, as far as it is asked for here. */
export interface MountPoint {
  /** What of the file system is mounted: "/" for all of it. */
  readonly root: string;
  readonly path: string;
  readonly type: string;
  /** Major number 0 is a file system without a device. */
  readonly hasDevice: boolean;
}

/** All lines, in the order of the file: fields by spaces; the type follows the field "-". */
export function parseMountinfo(text: string): MountPoint[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const fields = line.split(' ');
      const [, , device = '', root = '', path = ''] = fields;
      const type = fields[fields.indexOf('-') + 1] ?? '';
      return { root: unescapePath(root), path: unescapePath(path), type, hasDevice: !device.startsWith('0:') };
    });
}

/** Spaces, tabs, line ends and backslashes come as three octal digits ("\040"). */
export function unescapePath(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
