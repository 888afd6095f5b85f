// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Linux, LinuxSeccomp } from '../../init/contract/linux-config.ts';
import type { Resources } from '../../init/contract/resources.ts';
import type { Process, RuntimeConfig } from '../../init/contract/runtime-config.ts';
import { TskitError } from '../errors.ts';
import type { ImageConfig } from '../oci/types.ts';
import type { ImageSettings } from '../spec/types.ts';
import { capabilitySets } from './capabilities.ts';
import { deviceNodes, deviceRules } from './devices.ts';
import { type Ids, numericId } from './ids.ts';
import { containerMounts } from './mounts.ts';
import { idMappings, namespaces } from './namespaces.ts';
import { containerResources } from './resources.ts';
import { rlimit } from './rlimits.ts';
import { type ImageUser, root } from './user.ts';

/**
 * The first version with every field that is written here (cgroup v2's `unified`), so that older runtimes take it too.
 */
const ociVersion = '1.1.0';

const commandHint = 'add `command: ["/program", "argument"]` to this entry';

/** What shells and runtimes fall back to; images without any environment (FROM scratch) leave it out. */
const defaultPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * config.json of a container: what its image says, overridden by `settings` (the image's label with the spec's entry
 * over it), and LinuxKit's defaults for what neither says. `user` is whom the process runs as where `uid`, `gid` and
 * `additionalGids` do not say (user.ts). Throws a TskitError that names the field.
 */
export function runtimeConfig(
  settings: ImageSettings,
  image: ImageConfig,
  ids: Ids,
  user: ImageUser = root,
  seccomp?: LinuxSeccomp,
): RuntimeConfig {
  const isolated = namespaces(settings);
  checkHostname(settings, isolated);
  return {
    ociVersion,
    process: processOf(settings, image, ids, user),
    root: { path: 'rootfs', readonly: settings.readonly ?? false },
    ...(settings.hostname ? { hostname: settings.hostname } : {}),
    mounts: containerMounts(settings),
    ...(settings.annotations === undefined ? {} : { annotations: settings.annotations }),
    linux: { ...linuxOf(settings, isolated), ...(seccomp === undefined ? {} : { seccomp }) },
  };
}

function processOf(settings: ImageSettings, image: ImageConfig, ids: Ids, user: ImageUser): Process {
  const { uid, gid, additionalGids } = settings;
  const groups = additionalGids?.map((group) => numericId(group, ids, 'additionalGids')) ?? user.groups;
  return {
    terminal: false,
    user: {
      uid: uid === undefined ? user.uid : numericId(uid, ids, 'uid'),
      gid: gid === undefined ? user.gid : numericId(gid, ids, 'gid'),
      ...(groups.length === 0 ? {} : { additionalGids: groups }),
    },
    args: argumentsOf(settings, image),
    env: environmentOf(settings, image),
    cwd: workingFolderOf(settings, image),
    capabilities: capabilitySets(settings.capabilities, settings.ambient),
    rlimits: (settings.rlimits ?? []).map(rlimit),
    noNewPrivileges: settings.noNewPrivileges ?? false,
    ...(settings.oomScoreAdj === undefined ? {} : { oomScoreAdj: settings.oomScoreAdj }),
    ...(settings.apparmor === undefined ? {} : { apparmorProfile: settings.apparmor }),
  };
}

/** `command` replaces entrypoint and command of the image together, unlike Docker's. */
function commandOf(settings: ImageSettings, image: ImageConfig): readonly string[] {
  return settings.command ?? [...(image.config?.Entrypoint ?? []), ...(image.config?.Cmd ?? [])];
}

/** An entry without anything to run builds, as with LinuxKit, and fails when it is started: no program has an empty name. */
function argumentsOf(settings: ImageSettings, image: ImageConfig): readonly string[] {
  const args = commandOf(settings, image);
  refuseNul('command', args, commandHint);
  if (args.length === 0) return [''];
  if (args[0]) return args;
  const found = `an empty name before ${JSON.stringify(args.slice(1))}`;
  throw new TskitError('spec', `command: expected a program to run, found ${found}`, { hint: commandHint });
}

/** Says that an entry has nothing to run. */
export function commandWarnings(settings: ImageSettings, image: ImageConfig): readonly string[] {
  if (commandOf(settings, image).length > 0) return [];
  const found = settings.command === undefined ? 'neither an entrypoint nor a command in the image' : 'an empty list';
  return [`command: expected a program to run, found ${found}; it will not start: ${commandHint}`];
}

function environmentOf(settings: ImageSettings, image: ImageConfig): readonly string[] {
  const env = settings.env ?? image.config?.Env ?? [];
  const hint = "set `env` in this entry, which replaces the image's environment";
  refuseNul('env', env, hint);
  const odd = env.find((entry) => entry.indexOf('=') < 1);
  if (odd !== undefined) {
    throw new TskitError('spec', `env: expected variables "NAME=value", found ${JSON.stringify(odd)}`, { hint });
  }
  return env.some((entry) => entry.startsWith('PATH=')) ? env : [defaultPath, ...env];
}

/** An image may say anything; OCI runtime-spec config.md, process.cwd: "MUST be an absolute path". */
function workingFolderOf(settings: ImageSettings, image: ImageConfig): string {
  const cwd = settings.cwd || image.config?.WorkingDir || '/';
  const hint = 'set `cwd` in this entry';
  refuseNul('cwd', [cwd], hint);
  if (cwd.startsWith('/')) return cwd;
  throw new TskitError('spec', `cwd: expected an absolute path, found "${cwd}"`, { hint });
}

/** The kernel would take what stands before the NUL for the whole text; a spec cannot hold one, an image can. */
function refuseNul(field: string, texts: readonly string[], hint: string): void {
  const wrong = texts.find((text) => text.includes('\0'));
  if (wrong === undefined) return;
  throw new TskitError('spec', `${field}: expected text without NUL characters, found ${JSON.stringify(wrong)}`, {
    hint,
  });
}

function linuxOf(settings: ImageSettings, isolated: NonNullable<Linux['namespaces']>): Linux {
  const devices = settings.devices ?? [];
  const { resources: limits } = containerResources(settings.resources);
  const rules = [...(limits.devices ?? []), ...deviceRules(devices)];
  const resources: Resources = { ...limits, ...(rules.length === 0 ? {} : { devices: rules }) };
  return {
    namespaces: isolated,
    ...idMappings(settings),
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
