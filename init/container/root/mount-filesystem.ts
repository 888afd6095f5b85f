// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// New file systems, and new parameters for those that are mounted (fsopen(2), fsconfig(2), fsmount(2), fspick(2)).

import {
  FSCONFIG_CMD_CREATE,
  FSCONFIG_CMD_RECONFIGURE,
  FSCONFIG_SET_FLAG,
  FSCONFIG_SET_STRING,
  FSMOUNT_CLOEXEC,
  FSOPEN_CLOEXEC,
  FSPICK_EMPTY_PATH,
} from '../../linux.ts';
import type { Sys } from '../../sys.ts';
import { filesystemFlags, type MountFlags, newAttributes } from './mount-flags.ts';

/** What makes a new file system. */
export interface FilesystemOptions {
  readonly flags: MountFlags;
  /** The file system's own parameters, each "name=value" or a bare word, or several with commas between. */
  readonly data: readonly string[];
  /** The SELinux label of all that is in it. */
  readonly label?: string | undefined;
}

/** fsconfig(2) takes values of up to 255 bytes; longer ones exist (an overlay's lowerdir) and need mount(2). */
const longestFsconfigValue = 255;

/** Whether mount(2) has to make it. */
export function needsOldMount({ data }: FilesystemOptions): boolean {
  return data.some((word) => word.length > longestFsconfigValue);
}

/** A detached mount of a new file system. What the file system's driver logged is in the Error when it refuses. */
export function makeFilesystem(sys: Sys, type: string, source: string, options: FilesystemOptions): number {
  const context = sys.fsopen(type, FSOPEN_CLOEXEC);
  try {
    sys.fsconfig(context, FSCONFIG_SET_STRING, 'source', source, 0);
    // The file systems that are one for the whole kernel or namespace are not to be changed by one container's view of them.
    if (!sharedFilesystems.has(type))
      for (const flag of filesystemFlags(options.flags)) setParameter(sys, context, flag);
    setParameters(sys, context, options.data);
    if (options.label !== undefined) sys.fsconfig(context, FSCONFIG_SET_STRING, 'context', options.label, 0);
    sys.fsconfig(context, FSCONFIG_CMD_CREATE, null, null, 0);
    return sys.fsmount(context, FSMOUNT_CLOEXEC, newAttributes(options.flags));
  } catch (error) {
    throw withDriverLog(sys, context, error);
  } finally {
    sys.close(context);
  }
}

/** Changes parameters of the file system that is mounted at a descriptor ("size=128k"), for everyone who sees it. */
export function reconfigureFilesystem(sys: Sys, mount: number, parameters: readonly string[]): void {
  const context = sys.fspick(mount, '', FSPICK_EMPTY_PATH);
  try {
    setParameters(sys, context, parameters);
    sys.fsconfig(context, FSCONFIG_CMD_RECONFIGURE, null, null, 0);
  } catch (error) {
    throw withDriverLog(sys, context, error);
  } finally {
    sys.close(context);
  }
}

const sharedFilesystems: ReadonlySet<string> = new Set([
  'proc',
  'sysfs',
  'cgroup2',
  'mqueue',
  'devpts',
  'devtmpfs',
  'debugfs',
  'securityfs',
]);

function setParameters(sys: Sys, context: number, data: readonly string[]): void {
  for (const parameter of data) for (const word of splitParameters(parameter)) setParameter(sys, context, word);
}

/** "size=1,context="a,b"" -> "size=1", "context=a,b": commas are kept in quotes and after a backslash, and quotes go. */
export function splitParameters(text: string): readonly string[] {
  if (!text.includes(',') && !text.includes('"') && !text.includes('\\')) return text === '' ? [] : [text];
  const words = text.match(/(?:\\.|"[^"]*"|[^,"])+/g) ?? [];
  return words.map((word) => word.replaceAll('"', ''));
}

function setParameter(sys: Sys, context: number, word: string): void {
  const equals = word.indexOf('=');
  if (equals < 0) sys.fsconfig(context, FSCONFIG_SET_FLAG, word, null, 0);
  else sys.fsconfig(context, FSCONFIG_SET_STRING, word.slice(0, equals), word.slice(equals + 1), 0);
}

/** A driver's complaint is read from the context, one line a read, each after a level ("e tmpfs: Bad value for 'size'"). */
function withDriverLog(sys: Sys, context: number, error: unknown): unknown {
  const buffer = new Uint8Array(512);
  try {
    const line = sys.decodeUtf8(buffer.subarray(0, sys.read(context, buffer))).trim();
    return line === '' ? error : new Error(line.replace(/^[ewi] /, ''), { cause: error });
  } catch {
    // ENODATA: the driver logged nothing.
    return error;
  }
}
