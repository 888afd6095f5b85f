// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { join } from 'node:path';
import { execa } from 'execa';

const sources = join(import.meta.dirname, '../native');

/** What test/native/probe.c reports from inside a container. */
export interface ProbeReport {
  readonly argv: readonly string[];
  readonly env: readonly string[];
  readonly pid: number;
  readonly ppid: number;
  readonly session: number;
  readonly blockedSignals: readonly number[];
  readonly ignoredSignals: readonly number[];
  /** Real, effective, saved. */
  readonly uids: readonly number[];
  readonly gids: readonly number[];
  readonly groups: readonly number[];
  /** Masks of 16 hexadecimal digits. */
  readonly capabilities: Readonly<Record<'effective' | 'permitted' | 'inheritable' | 'bounding' | 'ambient', string>>;
  readonly noNewPrivileges: number;
  readonly seccomp: number;
  /** Inode numbers by the kernel's names ("mnt", "net"). */
  readonly namespaces: Readonly<Record<string, number>>;
  /** Soft and hard, in decimal. */
  readonly limits: Readonly<Record<string, readonly [string, string]>>;
  readonly hostname: string;
  readonly domainname: string;
  readonly cwd: string;
  readonly umask: number;
  /** uname's, which a personality changes. */
  readonly machine: string;
  readonly descriptors: readonly number[];
  /** sched_getattr(2). */
  readonly schedule: Readonly<
    Record<'policy' | 'flags' | 'nice' | 'priority' | 'runtime' | 'deadline' | 'period', number>
  >;
  /** ioprio_get(2): class and level in one number. */
  readonly ioPriority: number;
  readonly personality: number;
  /** Numbers of the CPUs that it may run on. */
  readonly cpus: readonly number[];
  /** get_mempolicy(2); flags are in the mode. */
  readonly memoryPolicy: { readonly mode: number; readonly nodes: readonly number[] };
  /** The session keyring: "keyring;UID;GID;PERMISSIONS;NAME", or the errno's name. */
  readonly keyring: string;
  /** Names of the network interfaces. */
  readonly interfaces: readonly string[];
  /** Of standard input. `controls` is 1 when it is the session's controlling terminal. */
  readonly terminal: {
    readonly rows: number;
    readonly columns: number;
    readonly name: string;
    readonly controls: number;
    readonly uid: number;
  } | null;
  /** Lines of the files in /proc/self, or the errno's name. */
  readonly oomScoreAdj: readonly string[] | string;
  readonly cgroup: readonly string[] | string;
  /** What the security module in use calls the process (attr/current). */
  readonly label: readonly string[] | string;
  readonly mounts: readonly string[] | string;
  /** With --input: the lines of its standard input. */
  readonly input?: readonly string[] | string;
  readonly paths: Readonly<Record<string, PathReport>>;
  /** With --spy: how often a process of another program was seen, and could be looked into. */
  readonly strangers?: { readonly seen: number; readonly open: number };
}

/** Of one path: `type` is "file", "folder", "link", "character" ... or the errno's name; `read` and `write` are "ok" or an errno. */
export interface PathReport {
  readonly type: string;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** "DEVICE:INODE" of what it leads to: the same wherever the same file is mounted. */
  readonly identity?: string;
  /** Names that the file has. */
  readonly links?: number;
  /** Seconds since 1970. */
  readonly modified?: number;
  /** Extended attributes, "name=value". */
  readonly attributes?: readonly string[];
  readonly device?: string;
  readonly target?: string;
  readonly read?: string;
  readonly write?: string;
  /** With --unlock: how it went to make the mount there writable. */
  readonly unlock?: string;
  readonly entries?: readonly string[];
  readonly content?: string;
}

/** A line of /proc/PID/mountinfo (proc_pid_mountinfo(5)). */
export interface MountReport {
  /** Path inside the file system that is mounted. */
  readonly root: string;
  readonly point: string;
  readonly options: readonly string[];
  /** "shared:1", "master:2". */
  readonly propagation: readonly string[];
  readonly type: string;
  readonly source: string;
  readonly superOptions: readonly string[];
}

/** Compiles the probe as a static program to `file`. */
export const buildProbe = (file: string): Promise<void> => buildProgram('probe.c', file);

/** Compiles a program of test/native/ that consists of one file. */
export async function buildProgram(source: string, file: string): Promise<void> {
  const flags = ['-static', '-O1', '-std=c11', '-D_GNU_SOURCE', '-Wall', '-Wextra', '-Wconversion', '-Werror'];
  await execa('musl-gcc', [...flags, join(sources, source), '-o', file]);
}

/** The mounts of a report, in the order in which they were made. */
export function mountsOf(report: ProbeReport): readonly MountReport[] {
  if (typeof report.mounts === 'string') throw new Error(`the probe could not read its mounts: ${report.mounts}`);
  return report.mounts.map(parseMountLine);
}

/** The uppermost mount at a path; throws when nothing is mounted there. */
export function mountAt(report: ProbeReport, point: string): MountReport {
  const found = mountsOf(report).findLast((mount) => mount.point === point);
  if (found === undefined) throw new Error(`nothing is mounted on ${point}`);
  return found;
}

function parseMountLine(line: string): MountReport {
  const [before = '', after = ''] = line.split(' - ');
  const [, , , root = '', point = '', options = '', ...propagation] = before.split(' ');
  const [type = '', source = '', superOptions = ''] = after.split(' ');
  return {
    root,
    point,
    options: options.split(','),
    propagation: propagation.filter((word) => word !== ''),
    type,
    source,
    superOptions: superOptions.split(','),
  };
}
