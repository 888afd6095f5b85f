// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { actionNames } from '../../seccomp/actions.ts';
import { architectureNames } from '../../seccomp/architectures.ts';
import { flagNames } from '../../seccomp/flags.ts';
import { operatorNames } from '../../seccomp/rules.ts';
import { memoryPolicyFlags, memoryPolicyModes } from '../container/process/memory-policy.ts';
import { mountOptionNames } from '../container/root/mount-options.ts';
import { capabilityNames } from '../contract/runtime-config.ts';
import { stringifyJson } from '../json.ts';
import type { Sys } from '../sys.ts';
import { expectOperands, parseArguments } from './arguments.ts';
import { print } from './log.ts';
import { oldestSpecVersion, specVersion } from './versions.ts';

/** "features": what this program can do, whatever the host can (features.md, features-linux.md). */
export function features(sys: Sys, words: readonly string[]): void {
  expectOperands(parseArguments(words, {}).operands);
  print(sys, 1, `${stringifyJson(featuresOf(sys.version), 2)}\n`);
}

/** The document, of the shape that the specification gives. */
function featuresOf(version: string): object {
  return {
    ociVersionMin: oldestSpecVersion,
    ociVersionMax: specVersion,
    hooks: ['prestart', 'createRuntime', 'createContainer', 'startContainer', 'poststart', 'poststop'],
    mountOptions: mountOptionNames().toSorted(),
    linux: {
      namespaces: ['cgroup', 'ipc', 'mount', 'network', 'pid', 'time', 'user', 'uts'],
      capabilities: capabilityNames,
      cgroup: { v1: true, v2: true, systemd: false, systemdUser: false, rdma: true },
      seccomp: {
        enabled: true,
        actions: actionNames().toSorted(),
        operators: operatorNames().toSorted(),
        archs: architectureNames().toSorted(),
        knownFlags: flagNames(),
        supportedFlags: flagNames(),
      },
      apparmor: { enabled: true },
      selinux: { enabled: true },
      intelRdt: { enabled: false, schemata: false, monitoring: false },
      memoryPolicy: { modes: memoryPolicyModes, flags: memoryPolicyFlags },
      mountExtensions: { idmap: { enabled: true } },
      netDevices: { enabled: true },
    },
    annotations: { 'org.tskit.tsrun.version': version, 'org.opencontainers.runc.checkpoint.enabled': 'false' },
  };
}
