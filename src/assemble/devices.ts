// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Device } from '../../init/contract/linux-config.ts';
import type { Resources } from '../../init/contract/resources.ts';
import { TskitError } from '../errors.ts';
import type { DeviceSpec } from '../spec/types.ts';

type DeviceRule = NonNullable<Resources['devices']>[number];

/** Read, write, mknod. */
const access = 'rwm';

/** Nodes to make in the container's /dev; `path: all` makes none, it only allows a class. */
export function deviceNodes(devices: readonly DeviceSpec[]): readonly Device[] {
  return devices
    .filter((device) => device.path !== 'all')
    .map((device) => ({
      path: device.path,
      type: nodeType(device),
      major: device.major,
      minor: device.minor,
      fileMode: fileMode(device),
    }));
}

/**
 * What the device cgroup allows beyond a runtime's defaults: each node, or every device of a type for `path: all`. It knows
 * "a", "b" and "c" (OCI runtime-spec config-linux.md, Allowed Device list): "u" is another word for "c" (mknod(1)), and a
 * fifo is no device.
 */
export function deviceRules(devices: readonly DeviceSpec[]): readonly DeviceRule[] {
  return devices
    .filter(({ type }) => type !== 'p')
    .map(({ path, type: written, major, minor }) => {
      const type = written === 'u' ? 'c' : written;
      return path === 'all' ? { allow: true, type, access } : { allow: true, type, major, minor, access };
    });
}

function nodeType(device: DeviceSpec): Device['type'] {
  const { type } = device;
  if (type === 'c' || type === 'u' || type === 'b' || type === 'p') return type;
  throw new TskitError('spec', `device "${device.path}": expected type "c", "b", "u" or "p", found "${type}"`, {
    hint: 'type "a" goes with `path: all` only',
  });
}

function fileMode(device: DeviceSpec): number {
  if (device.mode !== undefined && /^0*[0-7]{1,4}$/.test(device.mode)) return Number.parseInt(device.mode, 8);
  const found = device.mode === undefined ? 'none' : `"${device.mode}"`;
  throw new TskitError('spec', `device "${device.path}": expected a mode in octal digits, found ${found}`, {
    hint: 'give it as a string: mode: "0660"',
  });
}
