// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { mergeLogging } from './merge-logging.ts';
import { mergeSupervision } from './merge-supervision.ts';
import type { ImageSettings, RuntimeSpec } from './types.ts';

/** Settings that LinuxKit holds as plain strings: empty means not given (moby/config.go, assignStringEmpty). */
const unsetWhenEmpty = ['cwd', 'net', 'ipc', 'uts', 'pid', 'userns', 'hostname'] as const;

/**
 * What a container gets from its image's label and its entry in the spec, with LinuxKit's rules (moby/config.go, ConfigToOCI): the
 * entry replaces the label field by field, an empty list clears the label's, `runtime` is replaced field by field in turn, and so
 * is `bindNS` in it. `user` in the entry replaces `uid`, `gid` and `additionalGids` of the label, too.
 * `restart_policy`, `healthcheck` and `logging` are merged in the same way (merge-supervision.ts, merge-logging.ts). `capabilities.add` and `binds.add` are gone from
 * the result: what they add is in `capabilities` and `binds`.
 *
 * LinuxKit ignores `.add` in labels and beside the plain key; here all count. A later bind to the same destination replaces the
 * earlier, "all" swallows other capabilities, and anything swallows "none".
 */
export function mergeSettings(label: ImageSettings, spec: ImageSettings): ImageSettings {
  const { 'capabilities.add': addedByLabel, 'binds.add': boundByLabel, ...base } = withoutSupervision(label);
  const { 'capabilities.add': addedBySpec, 'binds.add': boundBySpec, ...own } = withoutSupervision(spec);
  const capabilities = union(
    own.capabilities ?? union(base.capabilities, addedByLabel, joinCapabilities),
    addedBySpec,
    joinCapabilities,
  );
  const binds = union(own.binds ?? union(base.binds, boundByLabel, joinBinds), boundBySpec, joinBinds);
  const runtime = mergeRuntime(base.runtime, own.runtime);
  const logging = mergeLogging(base.logging, own.logging);
  return {
    ...(own.user === undefined ? base : withoutIds(base)),
    ...own,
    ...(capabilities && { capabilities }),
    ...(binds && { binds }),
    ...(runtime && { runtime }),
    ...(logging && { logging }),
    ...mergeSupervision(label, spec),
  };
}

/** The label's user would win over the one that the entry names. */
function withoutIds(label: ImageSettings): ImageSettings {
  const { uid: _uid, gid: _gid, additionalGids: _groups, ...rest } = label;
  return rest;
}

function mergeRuntime(base: RuntimeSpec | undefined, own: RuntimeSpec | undefined): RuntimeSpec | undefined {
  if (base === undefined || own === undefined) return own ?? base;
  const bindNS = base.bindNS || own.bindNS ? { ...base.bindNS, ...own.bindNS } : undefined;
  return { ...base, ...own, ...(bindNS && { bindNS }) };
}

type Strings = readonly string[];

function union(
  first: Strings | undefined,
  second: Strings | undefined,
  join: (all: Strings) => Strings,
): Strings | undefined {
  return second === undefined ? first : join([...(first ?? []), ...second]);
}

function joinCapabilities(names: Strings): Strings {
  if (names.some((name) => name.toLowerCase() === 'all')) return ['all'];
  const distinct = new Set(names.filter((name) => name.toLowerCase() !== 'none'));
  return distinct.size === 0 && names.length > 0 ? ['none'] : [...distinct];
}

/** One bind a destination, the last one, at the place of the first. */
function joinBinds(binds: Strings): Strings {
  return [...new Map(binds.map((bind) => [bind.split(':')[1], bind])).values()];
}

/** Without what mergeSupervision merges, and without empty texts that mean nothing. */
function withoutSupervision(settings: ImageSettings): ImageSettings {
  const { restart: _restart, restart_policy: _policy, healthcheck: _health, ...rest } = withoutEmpty(settings);
  return rest;
}

function withoutEmpty(settings: ImageSettings): ImageSettings {
  const absent = new Set<string>(unsetWhenEmpty.filter((key) => settings[key] === ''));
  return Object.fromEntries(Object.entries(settings).filter(([key]) => !absent.has(key)));
}
