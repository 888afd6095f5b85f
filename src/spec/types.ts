// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { BundleRuntime } from '../../init/contract/bundle-runtime.ts';
import type { Integer } from '../../init/contract/integer.ts';
import type { IdMapping } from '../../init/contract/linux-config.ts';
import type { BlockIo, Resources } from '../../init/contract/resources.ts';
import type { FailureAction } from '../../init/contract/unit-plan.ts';
import type { DiskSpec } from './disk-types.ts';
import type { Origin } from './origin.ts';
import type {
  DependencySpec,
  HealthcheckSpec,
  LoggingSpec,
  RestartPolicySpec,
  SecretUseSpec,
} from './supervision-types.ts';

/**
 * The user's file after validation, still LinuxKit's field names (LinuxKit docs/yaml.md), before anything is defaulted:
 * an absent key is absent here, because an image's label may supply it and an empty list clears the label's value.
 */
export interface Spec {
  /** The file as the user named it, the first of several. */
  readonly file: string;
  /** Where each entry is written, and the folder that relative paths start from. */
  readonly origin: Origin;
  readonly kernel?: KernelSpec;
  /** Image references, as written. */
  readonly init: readonly string[];
  readonly volumes: readonly VolumeSpec[];
  readonly onboot: readonly ImageSpec[];
  readonly onshutdown: readonly ImageSpec[];
  readonly services: readonly ImageSpec[];
  readonly files: readonly FileSpec[];
  /** Where the root file system lies; default "auto". A text is the type alone. */
  readonly root?: RootType | RootSpec;
  /** Where secrets come from, by name. */
  readonly secrets?: Readonly<Record<string, SecretSpec>>;
  readonly watchdog?: WatchdogSpec;
  readonly secureboot?: SecurebootSpec;
  readonly disk?: DiskSpec;
}

export type RootType = 'auto' | 'initramfs' | 'erofs';

export interface RootSpec {
  /** Default "auto". */
  readonly type?: RootType;
  /** Default true. */
  readonly verity?: boolean;
  /** Default "auto". */
  readonly initrd?: 'auto' | boolean;
  /** Default "panic". */
  readonly on_corruption?: 'panic' | 'restart';
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
  /** Default "auto". A list has names of modules, and globs over names and aliases. */
  readonly modules?: 'auto' | 'all' | 'none' | readonly string[];
  /** "CONFIG_WIREGUARD" */
  readonly needs?: readonly string[];
}

/** Exactly one of both: a name of QEMU's fw_cfg, or a path of the booted system. */
export interface SecretSpec {
  readonly fw_cfg?: string;
  readonly file?: string;
}

export interface WatchdogSpec {
  /** Default "/dev/watchdog0". */
  readonly device?: string;
  /** Default "60s". */
  readonly timeout?: string;
}

/** `keyset` alone, or `certificate` with one of `key` and `command`. Paths start from the folder of the spec. */
export interface SecurebootSpec {
  readonly keyset?: string;
  readonly certificate?: string;
  readonly key?: string;
  readonly command?: readonly string[];
}

/** A folder that containers share. */
export interface VolumeSpec {
  readonly name: string;
  /** Absent: the volume is empty. */
  readonly image?: string;
  readonly readonly?: boolean;
  /** Default "filesystem": the image's tree. "oci": the image as an OCI image layout. */
  readonly format?: 'filesystem' | 'oci';
  /** "linux/amd64", with format "oci" only; absent or empty: all that the image has. */
  readonly platforms?: readonly string[];
}

export interface FileSpec {
  readonly path: string;
  readonly contents?: string;
  readonly source?: string;
  readonly metadata?: 'yaml' | 'json';
  readonly symlink?: string;
  readonly directory?: boolean;
  readonly optional?: boolean;
  /** Of a source that is a folder or a glob: patterns of gitignore's. */
  readonly exclude?: readonly string[];
  /** Octal digits: mode of its folders. */
  readonly dirMode?: string;
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
  /** For binds; LinuxKit spells both in lower case. */
  readonly uidMappings?: readonly IdMapping[];
  readonly gidMappings?: readonly IdMapping[];
  readonly uidmappings?: readonly IdMapping[];
  readonly gidmappings?: readonly IdMapping[];
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
  readonly uidMappings?: readonly IdMapping[];
  readonly gidMappings?: readonly IdMapping[];
  readonly readonly?: boolean;
  readonly maskedPaths?: readonly string[];
  readonly readonlyPaths?: readonly string[];
  /** Ours: "default", "unconfined" or the path of a profile. */
  readonly seccomp?: string;
  /** Ours: name of an AppArmor profile. */
  readonly apparmor?: string;
  /** Ours: "name[:group]" or numbers, by the image's own /etc/passwd and /etc/group. */
  readonly user?: number | string;
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
  // Compose's, and ours beside them. Durations are texts such as "1m30s" (duration.ts).
  /** Of services: "no", "on-failure", "on-failure:N", "always" or "unless-stopped". */
  readonly restart?: string;
  readonly restart_policy?: RestartPolicySpec;
  readonly healthcheck?: HealthcheckSpec;
  readonly stop_signal?: string;
  readonly stop_grace_period?: string;
  /** What an onboot entry that fails does to the boot. Default "continue". */
  readonly on_failure?: FailureAction;
  /** Of an onboot entry. */
  readonly timeout?: string;
  /** Of services: the watchdog is fed only while it is well. */
  readonly critical?: boolean;
  readonly logging?: LoggingSpec;
  /** Names of the spec's secrets, or maps. */
  readonly secrets?: readonly (string | SecretUseSpec)[];
}

export interface ImageSpec extends ImageSettings {
  readonly name: string;
  readonly image: string;
  /** Services of one pod share namespaces. */
  readonly pod?: string;
  /** Names of onboot entries and services. */
  readonly depends_on?: readonly string[] | Readonly<Record<string, DependencySpec>>;
}

/**
 * OCI runtime-spec config-linux.md, Control groups, with LinuxKit's `blockio` and its numbers for page sizes. Integers may be
 * bigint above 2^53.
 */
export interface ResourcesSpec
  extends Pick<Resources, 'devices' | 'memory' | 'cpu' | 'pids' | 'network' | 'rdma' | 'unified'> {
  readonly blockio?: BlockIo;
  readonly hugepageLimits?: readonly { readonly pageSize: number | string; readonly limit: Integer }[];
}

export interface RuntimeSpec {
  readonly cgroups?: readonly string[];
  readonly mounts?: readonly MountSpec[];
  readonly mkdir?: readonly string[];
  readonly interfaces?: readonly InterfaceSpec[];
  /** An empty path clears the label's. */
  readonly bindNS?: BundleRuntime['bindNS'];
  readonly namespace?: string;
}

export interface InterfaceSpec {
  readonly name: string;
  readonly add?: string;
  readonly peer?: string;
  readonly createInRoot?: boolean;
}
