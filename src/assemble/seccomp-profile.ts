// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { LinuxSeccomp, SeccompArgument, SeccompRule } from '../../init/contract/linux-config.ts';
import { parseJson } from '../../init/json.ts';
import { list, object, text, unsigned, within } from '../../init/shape.ts';

/** What the rules of a profile may depend on. */
export interface ProfileTarget {
  /** Names as in capabilities(7), "CAP_NET_ADMIN". */
  readonly capabilities: readonly string[];
  /** As the OCI names it: "amd64". */
  readonly architecture: string;
}

/**
 * Reads a profile: the OCI's linux.seccomp (runtime-spec config-linux.md), or Docker's file format, which has a map of
 * architectures and rules with conditions ("includes", "excludes"), resolved here for one container. Throws an Error that names
 * the place of what has another shape than expected.
 */
export function parseSeccompProfile(json: string, target: ProfileTarget): LinuxSeccomp {
  const { archMap, architectures, syscalls = [], ...rest } = profile(parseJson(json)) as unknown as ProfileFile;
  const all = architectures ?? archMap?.flatMap((entry) => architecturesOf(entry, target));
  return {
    ...rest,
    ...(all === undefined ? {} : { architectures: all }),
    syscalls: syscalls.filter((rule) => applies(rule, target)).map(plainRule),
  };
}

interface ProfileFile extends Omit<LinuxSeccomp, 'syscalls'> {
  readonly archMap?: readonly ArchitectureFamily[];
  readonly syscalls?: readonly ConditionalRule[];
}

interface ArchitectureFamily {
  readonly architecture: string;
  readonly subArchitectures?: readonly string[];
}

interface ConditionalRule {
  readonly names?: readonly string[];
  /** Of older files, instead of `names`. */
  readonly name?: string;
  readonly action: string;
  readonly errnoRet?: number;
  readonly args?: readonly SeccompArgument[];
  readonly includes?: Conditions;
  readonly excludes?: Conditions;
}

interface Conditions {
  readonly caps?: readonly string[];
  readonly arches?: readonly string[];
  readonly minKernel?: string;
}

const nativeNames: Readonly<Record<string, string>> = { amd64: 'SCMP_ARCH_X86_64', arm64: 'SCMP_ARCH_AARCH64' };

/** Only the family of the machine itself; its kernel takes no calls of another. */
function architecturesOf(family: ArchitectureFamily, { architecture }: ProfileTarget): readonly string[] {
  return family.architecture === nativeNames[architecture]
    ? [family.architecture, ...(family.subArchitectures ?? [])]
    : [];
}

function applies({ includes = {}, excludes = {} }: ConditionalRule, target: ProfileTarget): boolean {
  const { capabilities, architecture } = target;
  const { caps = [], arches, minKernel } = includes;
  if (!caps.every((name) => capabilities.includes(name))) return false;
  if (arches !== undefined && !arches.includes(architecture)) return false;
  if (minKernel !== undefined && !isMet(minKernel)) return false;
  if (excludes.caps?.some((name) => capabilities.includes(name)) === true) return false;
  if (excludes.arches?.includes(architecture) === true) return false;
  return excludes.minKernel === undefined || !isMet(excludes.minKernel);
}

/** The kernel that will boot is at least this one, or tskit's init does not run (docs/containers.md). */
const leastKernel: readonly [number, number] = [5, 14];

function isMet(minKernel: string): boolean {
  const [major = 0, minor = 0] = minKernel.split('.').map(Number);
  return major < leastKernel[0] || (major === leastKernel[0] && minor <= leastKernel[1]);
}

function plainRule({ names, name, action, errnoRet, args }: ConditionalRule): SeccompRule {
  return {
    names: names ?? (name === undefined ? [] : [name]),
    action,
    ...(errnoRet === undefined ? {} : { errnoRet }),
    ...(args === undefined || args.length === 0 ? {} : { args }),
  };
}

const errno = within(0, 2 ** 32 - 1);

const conditions = object({}, { caps: list(text), arches: list(text), minKernel: text });

const argument = object({ index: within(0, 5), value: unsigned, op: text }, { valueTwo: unsigned });

const rule = object(
  { action: text },
  {
    names: list(text),
    name: text,
    errnoRet: errno,
    args: list(argument),
    includes: conditions,
    excludes: conditions,
    comment: text,
  },
);

const profile = object(
  { defaultAction: text },
  {
    defaultErrnoRet: errno,
    archMap: list(object({ architecture: text }, { subArchitectures: list(text) })),
    architectures: list(text),
    flags: list(text),
    listenerPath: text,
    listenerMetadata: text,
    syscalls: list(rule),
  },
);
