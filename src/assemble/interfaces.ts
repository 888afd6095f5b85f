// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { boundNamespaces, type BundleRuntime } from '../../init/contract/bundle-runtime.ts';
import { TskitError } from '../errors.ts';
import type { ImageSettings, InterfaceSpec } from '../spec/types.ts';
import { isShared } from './namespaces.ts';

/** The part of runtime.json that is for the container's process: interfaces, kept namespaces, containerd's namespace. */
export function processRuntime(settings: ImageSettings): BundleRuntime {
  const { interfaces = [], bindNS = {}, namespace } = settings.runtime ?? {};
  for (const one of interfaces) checkInterface(one, settings.net);
  const kept = boundNamespaces.flatMap((kind) => (bindNS[kind] ? [[kind, bindNS[kind]] as const] : []));
  return {
    ...(interfaces.length === 0
      ? {}
      : { interfaces: interfaces.map(({ createInRoot = false, ...one }) => ({ ...one, createInRoot })) }),
    ...(kept.length === 0 ? {} : { bindNS: Object.fromEntries(kept) }),
    ...(namespace ? { namespace } : {}),
  };
}

/** What an interface is made with and does not come to anything. */
export function interfaceWarnings(settings: ImageSettings): readonly string[] {
  return (settings.runtime?.interfaces ?? []).flatMap(({ name, add, peer }) =>
    peer && add && add !== 'veth'
      ? [`runtime.interfaces "${name}": peer has no effect: only a veth pair has one, "${add}" does not`]
      : [],
  );
}

/** LinuxKit makes an interface for a container of the system's network in that network; moving one would leave it where it is. */
function checkInterface({ name, add, peer }: InterfaceSpec, net: string | undefined): void {
  if (!isShared(net) || add || peer) return;
  throw new TskitError(
    'spec',
    `runtime.interfaces "${name}": expected a network namespace to move it to, found the system's`,
    {
      hint: 'add `net: new` to this entry, or `add: TYPE` to the interface to make it in the system',
    },
  );
}
