// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Everything that the build writes and the booted system reads: on-image paths and JSON shapes. The only file of init/
// that src/ imports, so that a path is typed once.

/** The boot plan, a BootPlan as JSON. */
export const bootPlanPath = '/etc/tskit/boot.json';
/** Last entry of the last initramfs segment: when it is missing the kernel ran out of memory while unpacking. */
export const sentinelPath = '/etc/tskit/complete';
/** Image trees, each under the first 16 hex digits of its manifest digest; shared by all containers of that image. */
export const imagesDir = '/containers/images';
export const onbootDir = '/containers/onboot';
export const onshutdownDir = '/containers/onshutdown';
export const servicesDir = '/containers/services';
/** Where modules and the index that the build made of them are (modulesDir/VERSION/ModuleIndex as JSON). */
export const modulesDir = '/lib/modules';
export const moduleIndexName = 'tskit-modules.json';
/** Control socket of PID 1, for tsctl. */
export const controlSocket = '/run/tskit/control.sock';
/** Exit codes and times of onboot entries and services, as JSON, rewritten at each change. */
export const statusPath = '/run/tskit/status.json';
/** resolv.conf target: made empty before onboot, written in place by the DHCP client. */
export const resolvConfPath = '/run/resolvconf/resolv.conf';
export const logDir = '/var/log';

/** Integers above 2^53 - 1 are bigint on both sides: JSON is read and written with all digits. */
export type Integer = number | bigint;

export interface BootPlan {
  readonly version: 1;
  /** From the spec's /etc/hostname file when it sets one; init reads /etc/hostname itself otherwise. */
  readonly hostname?: string;
  /** Kernel release whose folder under modulesDir holds the index; absent without modules. */
  readonly modules?: string;
  readonly onboot: readonly ContainerPlan[];
  readonly services: readonly ContainerPlan[];
  readonly onshutdown: readonly ContainerPlan[];
  /** What a crash of PID 1 itself does. */
  readonly panic: 'reboot' | 'poweroff' | 'halt';
  /** MiB of guest memory that the unpacked image and its containers need, for the message when the root is partial. */
  readonly memoryMiB: number;
}

export interface ContainerPlan {
  readonly name: string;
  /** Folder with config.json (RuntimeConfig) and runtime.json (BundleRuntime). */
  readonly bundle: string;
  /** Reference of the image, for messages. */
  readonly image: string;
  readonly onFailure: 'continue' | 'halt';
  /** From the image's StopSignal; default "SIGTERM". */
  readonly stopSignal?: string;
}

/**
 * LinuxKit's runtime.json: what is done in the root namespaces before the container is created. `mounts` come in order and
 * include those that make `rootfs` (bind of the image tree, or tmpfs plus overlay), so that LinuxKit's own init can boot the same root.
 * Relative destinations are relative to the bundle's rootfs.
 */
export interface BundleRuntime {
  readonly cgroups?: readonly string[];
  readonly mounts?: readonly Mount[];
  readonly mkdir?: readonly string[];
}

/**
 * Modules of one kernel release. Paths are relative to modulesDir/RELEASE, without compression suffix, in depends order
 * resolved at load time: a module's `depends` and soft dependencies name other modules by normalised name ("virtio_net").
 */
export interface ModuleIndex {
  readonly release: string;
  readonly modules: Readonly<Record<string, ModuleEntry>>;
  /** Bus prefix of the alias ("pci", "virtio", "acpi") -> [pattern, module name] in the order of modules.order. */
  readonly aliases: Readonly<Record<string, readonly (readonly [string, string])[]>>;
  /** Normalised names that are compiled in: asking for one succeeds. */
  readonly builtin: readonly string[];
}

export interface ModuleEntry {
  readonly path: string;
  readonly depends?: readonly string[];
  readonly pre?: readonly string[];
  readonly post?: readonly string[];
}

// OCI runtime-spec 1.3, config.json (config.md, config-linux.md).

export interface RuntimeConfig {
  readonly ociVersion: string;
  readonly root: { readonly path: string; readonly readonly?: boolean };
  readonly hostname?: string;
  readonly domainname?: string;
  readonly process: Process;
  readonly mounts?: readonly Mount[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly linux?: Linux;
}

export interface Process {
  readonly terminal?: boolean;
  readonly cwd: string;
  readonly env?: readonly string[];
  readonly args: readonly string[];
  readonly user: {
    readonly uid: number;
    readonly gid: number;
    readonly additionalGids?: readonly number[];
    readonly umask?: number;
  };
  readonly capabilities?: Capabilities;
  readonly noNewPrivileges?: boolean;
  readonly rlimits?: readonly { readonly type: string; readonly soft: Integer; readonly hard: Integer }[];
  readonly oomScoreAdj?: number;
}

export interface Capabilities {
  readonly bounding?: readonly string[];
  readonly permitted?: readonly string[];
  readonly inheritable?: readonly string[];
  readonly effective?: readonly string[];
  readonly ambient?: readonly string[];
}

export interface Mount {
  readonly destination: string;
  readonly type?: string;
  readonly source?: string;
  readonly options?: readonly string[];
}

export interface IdMapping {
  readonly containerID: number;
  readonly hostID: number;
  readonly size: number;
}

export interface Linux {
  readonly namespaces?: readonly { readonly type: NamespaceType; readonly path?: string }[];
  readonly uidMappings?: readonly IdMapping[];
  readonly gidMappings?: readonly IdMapping[];
  readonly devices?: readonly Device[];
  readonly cgroupsPath?: string;
  readonly rootfsPropagation?: string;
  readonly maskedPaths?: readonly string[];
  readonly readonlyPaths?: readonly string[];
  readonly sysctl?: Readonly<Record<string, string>>;
  readonly resources?: Resources;
}

export type NamespaceType = 'pid' | 'network' | 'mount' | 'ipc' | 'uts' | 'user' | 'cgroup' | 'time';

export interface Device {
  readonly path: string;
  /** 'c' or 'u' character, 'b' block, 'p' fifo. */
  readonly type: 'c' | 'u' | 'b' | 'p';
  readonly major?: number;
  readonly minor?: number;
  readonly fileMode?: number;
  readonly uid?: number;
  readonly gid?: number;
}

export interface Resources {
  readonly devices?: readonly {
    readonly allow: boolean;
    readonly type?: string;
    readonly major?: number;
    readonly minor?: number;
    readonly access?: string;
  }[];
  readonly memory?: { readonly limit?: Integer; readonly reservation?: Integer; readonly swap?: Integer };
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
