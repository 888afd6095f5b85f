// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// OCI runtime-spec 1.3, config.json (config-linux.md).

import type { Integer } from './integer.ts';
import type { Resources } from './resources.ts';

/** config-linux.md, User namespace mappings. */
export interface IdMapping {
  readonly containerID: number;
  readonly hostID: number;
  readonly size: number;
}

/** config-linux.md. */
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
  readonly seccomp?: LinuxSeccomp;
  readonly mountLabel?: string;
  readonly personality?: { readonly domain: string; readonly flags?: readonly string[] };
  /** By clock, "boottime" and "monotonic"; `secs` may be negative. */
  readonly timeOffsets?: Readonly<Record<string, { readonly secs?: Integer; readonly nanosecs?: number }>>;
  /** Host interfaces to move into the network namespace, by their names there. */
  readonly netDevices?: Readonly<Record<string, { readonly name?: string }>>;
  readonly memoryPolicy?: MemoryPolicy;
  readonly intelRdt?: Readonly<Record<string, unknown>>;
}

/** set_mempolicy(2); `nodes` as a list of numbers and ranges ("0-3,7"). */
export interface MemoryPolicy {
  readonly mode?: string;
  readonly nodes?: string;
  readonly flags?: readonly string[];
}

/** config-linux.md, Seccomp. */
export interface LinuxSeccomp {
  /** "SCMP_ACT_ALLOW" ... */
  readonly defaultAction: string;
  readonly defaultErrnoRet?: number;
  /** "SCMP_ARCH_X86_64" ... */
  readonly architectures?: readonly string[];
  /** "SECCOMP_FILTER_FLAG_LOG" ... */
  readonly flags?: readonly string[];
  readonly listenerPath?: string;
  readonly listenerMetadata?: string;
  readonly syscalls?: readonly SeccompRule[];
}

/** An element of linux.seccomp.syscalls. */
export interface SeccompRule {
  readonly names: readonly string[];
  readonly action: string;
  readonly errnoRet?: number;
  readonly args?: readonly SeccompArgument[];
}

/** One comparison of an argument; with "SCMP_CMP_MASKED_EQ" `value` is the mask and `valueTwo` what is expected. */
export interface SeccompArgument {
  /** 0 to 5. */
  readonly index: number;
  readonly value: Integer;
  readonly valueTwo?: Integer;
  readonly op: string;
}

/** config-linux.md, Namespaces. */
export type NamespaceType = 'pid' | 'network' | 'mount' | 'ipc' | 'uts' | 'user' | 'cgroup' | 'time';

/** config-linux.md, Devices. */
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
