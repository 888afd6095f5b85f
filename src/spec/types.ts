// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Origin } from './origin.ts';

/**
 * The user's file after validation, still LinuxKit's field names (LinuxKit docs/yaml.md), before anything is defaulted:
 * an absent key is absent here, because an image's label may supply it and an empty list clears the label's value.
 */
export interface Spec {
  /** The file as the user named it. */
  readonly file: string;
  /** Where each entry is written, and the folder that relative paths start from. */
  readonly origin: Origin;
  readonly kernel?: KernelSpec;
  /** Image references, as written. */
  readonly init: readonly string[];
  readonly onboot: readonly ImageSpec[];
  readonly onshutdown: readonly ImageSpec[];
  readonly services: readonly ImageSpec[];
  readonly files: readonly FileSpec[];
}

export interface KernelSpec {
  readonly image: string;
  readonly cmdline?: string;
  /** File name of the kernel inside the image; default "kernel". */
  readonly binary?: string;
  /** Tar inside the image that is unpacked into /; default "kernel.tar", "none" or "" for none. */
  readonly tar?: string;
  /** Name of a cpio with CPU microcode inside the image. */
  readonly ucode?: string;
}

export interface FileSpec {
  readonly path: string;
  readonly contents?: string;
  readonly source?: string;
  readonly metadata?: 'yaml' | 'json';
  readonly symlink?: string;
  readonly directory?: boolean;
  readonly optional?: boolean;
  /** Octal digits, default "0600" for files and "0700" for directories. */
  readonly mode?: string;
  /** A number, or the name of a container whose allocated id is meant. */
  readonly uid?: number | string;
  readonly gid?: number | string;
}

/** OCI mount, with LinuxKit's inferred fields absent until assemble fills them. */
export interface MountSpec {
  readonly destination?: string;
  readonly type?: string;
  readonly source?: string;
  readonly options?: readonly string[];
}

export interface DeviceSpec {
  /** Path in the container, or "all" with a type for a whole class. */
  readonly path: string;
  readonly type: string;
  readonly major: number;
  readonly minor: number;
  /** Octal digits. */
  readonly mode?: string;
}

/** What may also stand in the image's label `org.mobyproject.config`: every field but name and image. */
export interface ImageSettings {
  readonly capabilities?: readonly string[];
  readonly 'capabilities.add'?: readonly string[];
  readonly ambient?: readonly string[];
  readonly mounts?: readonly MountSpec[];
  readonly binds?: readonly string[];
  readonly 'binds.add'?: readonly string[];
  readonly tmpfs?: readonly string[];
  readonly devices?: readonly DeviceSpec[];
  readonly command?: readonly string[];
  readonly env?: readonly string[];
  readonly cwd?: string;
  readonly net?: string;
  readonly ipc?: string;
  readonly uts?: string;
  readonly pid?: string;
  readonly userns?: string;
  readonly readonly?: boolean;
  readonly maskedPaths?: readonly string[];
  readonly readonlyPaths?: readonly string[];
  /** Ours: "default", "unconfined" or the path of a profile. */
  readonly seccomp?: string;
  readonly uid?: number | string;
  readonly gid?: number | string;
  readonly additionalGids?: readonly (number | string)[];
  readonly noNewPrivileges?: boolean;
  readonly hostname?: string;
  readonly oomScoreAdj?: number;
  /** "name,soft,hard", each a number or "unlimited". */
  readonly rlimits?: readonly string[];
  readonly resources?: ResourcesSpec;
  readonly sysctl?: Readonly<Record<string, string>>;
  readonly cgroupsPath?: string;
  readonly rootfsPropagation?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly runtime?: RuntimeSpec;
  /** Ours: what an onboot entry that fails does to the boot. Default "continue". */
  readonly on_failure?: 'continue' | 'halt';
}

export interface ImageSpec extends ImageSettings {
  readonly name: string;
  readonly image: string;
}

/** OCI runtime-spec config-linux.md, Control groups: the subset that is built. Integers may be bigint above 2^53. */
export interface ResourcesSpec {
  readonly memory?: {
    readonly limit?: number | bigint;
    readonly reservation?: number | bigint;
    readonly swap?: number | bigint;
  };
  readonly cpu?: {
    readonly shares?: number;
    readonly quota?: number;
    readonly period?: number;
    readonly burst?: number;
    readonly idle?: number;
    readonly cpus?: string;
    readonly mems?: string;
  };
  readonly pids?: { readonly limit: number };
  readonly unified?: Readonly<Record<string, string>>;
}

export interface RuntimeSpec {
  readonly cgroups?: readonly string[];
  readonly mounts?: readonly MountSpec[];
  readonly mkdir?: readonly string[];
}
