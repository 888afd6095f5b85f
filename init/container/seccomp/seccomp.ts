// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The filter of system calls: found or compiled by the runtime, loaded by the container's process (config-linux.md, Seccomp).

import type { NativeArchitecture } from '../../../seccomp/architectures.ts';
import type { CompiledFilter } from '../../../seccomp/compile.ts';
import { filterCompiler, filterSource } from '../../../seccomp/filter-file.ts';
import type { LinuxSeccomp } from '../../contract/linux-config.ts';
import { stringifyJson } from '../../json.ts';
import { SECCOMP_FILTER_FLAG_NEW_LISTENER } from '../../linux.ts';
import type { CapabilitySets, Sys } from '../../sys.ts';
import { offerListener } from './seccomp-listener.ts';
import { builtFilter, keepFilter, takeFilter } from './seccomp-cache.ts';

/** Where compiled filters may be found, and who is warned. */
export interface SeccompOptions {
  /** Path of the file that has the filter of this very section since the bundle was built, if it has; see bundleFilterName. */
  readonly file?: string | undefined;
  /** Folder for compiled filters, made when it is missing. */
  readonly cache?: string | undefined;
  /** Told that a filter could not be kept. */
  readonly warn: (text: string) => void;
}

type Compile = (seccomp: LinuxSeccomp, native: NativeArchitecture) => CompiledFilter;

/**
 * Gives the filter for linux.seccomp, compiled when the bundle was made or before, or else now. Undefined without one.
 * Throws an Error that names the place in config.json.
 */
export function prepareSeccomp(
  sys: Sys,
  seccomp: LinuxSeccomp | undefined,
  { file, cache, warn }: SeccompOptions,
): CompiledFilter | undefined {
  if (seccomp === undefined) return undefined;
  const native = nativeArchitecture(sys);
  const built = file === undefined ? undefined : builtFilter(sys, file, filterCompiler(sys.version, native));
  if (built !== undefined) return built;
  const source = cache === undefined ? '' : filterSource(stringifyJson(seccomp), sys.version, native);
  const kept = cache === undefined ? undefined : takeFilter(sys, cache, source);
  if (kept !== undefined) return kept;
  const filter = (sys.loadUnit('seccomp') as Compile)(seccomp, native);
  if (isNotifying(filter) && (seccomp.listenerPath ?? '') === '')
    throw new Error('linux.seccomp.listenerPath: expected the path of a socket along with SCMP_ACT_NOTIFY, found none');
  if (cache !== undefined) keepFilter(sys, cache, { source, filter }, warn);
  return filter;
}

/** uname(2) of a process with a 32-bit personality names the older machine of the family. */
function nativeArchitecture(sys: Sys): NativeArchitecture {
  const { machine } = sys.uname();
  return machine.startsWith('a') ? 'aarch64' : 'x86_64';
}

/** What is left to be done when everything else is. */
export interface FilteredProgram {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly filter: CompiledFilter;
  /** Sets to give up the others for, when CAP_SYS_ADMIN had to be kept for the filter. */
  readonly lastCapabilities: CapabilitySets | undefined;
}

/**
 * In the container's process: puts it under its filter and starts its program. It needs CAP_SYS_ADMIN in its user namespace or
 * no_new_privs. Under the filter come capset, when it is asked for, and execve; with a listener, which `runtime` is told of
 * (seccomp-listener.ts), also what that takes. Throws the SysError of the call that failed.
 */
export function executeFiltered(sys: Sys, program: FilteredProgram, runtime: number): never {
  const { file, args, env, filter, lastCapabilities } = program;
  const { flags, program: instructions } = filter;
  if (!isNotifying(filter)) return sys.seccompExecve(flags, instructions, lastCapabilities ?? null, file, args, env);
  offerListener(sys, runtime, () => sys.seccompSetFilter(flags, instructions));
  if (lastCapabilities !== undefined) sys.capset(lastCapabilities);
  return sys.execve(file, args, env);
}

function isNotifying({ flags }: CompiledFilter): boolean {
  return (flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) !== 0;
}
