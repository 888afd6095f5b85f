// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Linux, Process, Resources, RuntimeConfig } from '../../init/contract.ts';
import { TskitError } from '../errors.ts';
import type { ImageConfig } from '../oci/types.ts';
import type { ImageSettings } from '../spec/types.ts';
import { capabilitySets } from './capabilities.ts';
import { deviceNodes, deviceRules } from './devices.ts';
import { type Ids, numericId } from './ids.ts';
import { containerMounts } from './mounts.ts';
import { namespaces } from './namespaces.ts';
import { rlimit } from './rlimits.ts';

/**
 * The first version with every field that is written here (cgroup v2's `unified`), so that older runtimes take it too.
 */
const ociVersion = '1.1.0';

/** What shells and runtimes fall back to; images without any environment (FROM scratch) leave it out. */
const defaultPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * config.json of a container: what its image says, overridden by `settings` (the image's label with the spec's entry
 * over it), and LinuxKit's defaults for what neither says. Throws a TskitError that names the field.
 */
export function runtimeConfig(settings: ImageSettings, image: ImageConfig, ids: Ids): RuntimeConfig {
  const isolated = namespaces(settings);
  checkHostname(settings, isolated);
  return {
    ociVersion,
    process: processOf(settings, image, ids),
    root: { path: 'rootfs', readonly: settings.readonly ?? false },
    ...(settings.hostname ? { hostname: settings.hostname } : {}),
    mounts: containerMounts(settings),
    ...(settings.annotations === undefined ? {} : { annotations: settings.annotations }),
    linux: linuxOf(settings, isolated),
  };
}

function processOf(settings: ImageSettings, image: ImageConfig, ids: Ids): Process {
  const groups = settings.additionalGids ?? [];
  return {
    terminal: false,
    user: {
      uid: numericId(settings.uid, ids, 'uid'),
      gid: numericId(settings.gid, ids, 'gid'),
      ...(groups.length === 0 ? {} : { additionalGids: groups.map((gid) => numericId(gid, ids, 'additionalGids')) }),
    },
    args: argumentsOf(settings, image),
    env: environmentOf(settings, image),
    cwd: settings.cwd || image.config?.WorkingDir || '/',
    capabilities: capabilitySets(settings.capabilities, settings.ambient),
    rlimits: (settings.rlimits ?? []).map(rlimit),
    noNewPrivileges: settings.noNewPrivileges ?? false,
    ...(settings.oomScoreAdj === undefined ? {} : { oomScoreAdj: settings.oomScoreAdj }),
  };
}

/** `command` replaces entrypoint and command of the image together, unlike Docker's. */
function argumentsOf(settings: ImageSettings, image: ImageConfig): readonly string[] {
  const args = settings.command ?? [...(image.config?.Entrypoint ?? []), ...(image.config?.Cmd ?? [])];
  if (args.length > 0) return args;
  const found = settings.command === undefined ? 'neither an entrypoint nor a command in the image' : 'an empty list';
  throw new TskitError('spec', `command: expected a program to run, found ${found}`, {
    hint: 'add `command: ["/program", "argument"]` to this entry',
  });
}

function environmentOf(settings: ImageSettings, image: ImageConfig): readonly string[] {
  const env = settings.env ?? image.config?.Env ?? [];
  return env.some((entry) => entry.startsWith('PATH=')) ? env : [defaultPath, ...env];
}

function linuxOf(settings: ImageSettings, isolated: NonNullable<Linux['namespaces']>): Linux {
  const devices = settings.devices ?? [];
  const resources: Resources = {
    ...settings.resources,
    ...(devices.length === 0 ? {} : { devices: deviceRules(devices) }),
  };
  return {
    namespaces: isolated,
    resources,
    ...(devices.length === 0 ? {} : { devices: deviceNodes(devices) }),
    ...(settings.sysctl === undefined ? {} : { sysctl: settings.sysctl }),
    ...(settings.cgroupsPath ? { cgroupsPath: settings.cgroupsPath } : {}),
    ...(settings.rootfsPropagation ? { rootfsPropagation: settings.rootfsPropagation } : {}),
    ...(settings.maskedPaths === undefined ? {} : { maskedPaths: settings.maskedPaths }),
    ...(settings.readonlyPaths === undefined ? {} : { readonlyPaths: settings.readonlyPaths }),
  };
}

/** Every runtime refuses it when the container starts; here it can still be said what to do. */
function checkHostname(settings: ImageSettings, isolated: NonNullable<Linux['namespaces']>): void {
  if (!settings.hostname || isolated.some((namespace) => namespace.type === 'uts')) return;
  throw new TskitError(
    'spec',
    `hostname "${settings.hostname}": expected a uts namespace of its own, found the host's`,
    {
      hint: 'add `uts: new` to this entry, or name the host in a file /etc/hostname',
    },
  );
}
