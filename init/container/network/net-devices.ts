// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Interfaces of the host that the container gets (config-linux.md, Network Devices). What becomes of them when the
// container's network namespace ends is the kernel's matter.

import type { Linux } from '../../contract/linux-config.ts';
import { IFF_UP } from '../../linux.ts';
import type { Sys } from '../../sys.ts';
import { type AddressRecord, addressesOf, addAddress } from './net-addresses.ts';
import type { NamespaceUse } from '../namespace/namespaces.ts';
import {
  findLink,
  IFLA_IFNAME,
  IFLA_NET_NS_PID,
  linkMessage,
  linkSize,
  nameValue,
  openRouteSocket,
  RTM_GETLINK,
  RTM_NEWLINK,
} from './links.ts';
import { ask, attributesOf, NLM_F_DUMP, uint32 } from './netlink.ts';
import { step } from '../step.ts';

/** Throws an Error unless every name is one that the kernel takes, and there is a namespace to move to. */
export function checkNetDevices(netDevices: Linux['netDevices'] = {}, network: NamespaceUse): void {
  const names = Object.entries(netDevices);
  if (names.length > 0 && network === 'host')
    throw new Error('linux.netDevices: it needs the container to have its own network namespace');
  for (const [host, { name }] of names) {
    if (!isInterfaceName(host) || host.includes('%'))
      throw new Error(`linux.netDevices: "${host}" is no interface's name`);
    if (name !== undefined && name !== '' && !isInterfaceName(name))
      throw new Error(`linux.netDevices.${host}.name: "${name}" is no interface's name`);
  }
}

/** As the kernel has it (dev_valid_name); "%d" once stands for a number that is free. */
function isInterfaceName(name: string): boolean {
  return /^[^\s/:]{1,15}$/.test(name) && name !== '.' && name !== '..' && !name.replace('%d', '').includes('%');
}

/**
 * Moves interfaces from the caller's network namespace into that of the process `pid`, where `inside` is a socket of
 * openRouteSocket. They keep their permanent addresses of global scope, get their new names, and are up. Nothing has happened
 * to an interface that could not be moved. Throws an Error that names it.
 */
export function moveNetDevices(sys: Sys, netDevices: Linux['netDevices'] = {}, pid: number, inside: number): void {
  const outside = openRouteSocket(sys);
  try {
    for (const [host, { name }] of Object.entries(netDevices))
      step(`move the network device "${host}"`, () => moveDevice(sys, { outside, inside }, host, name || host, pid));
  } finally {
    sys.close(outside);
  }
}

interface Sockets {
  readonly outside: number;
  readonly inside: number;
}

function moveDevice(sys: Sys, { outside, inside }: Sockets, host: string, wanted: string, pid: number): void {
  const index = findLink(sys, outside, host);
  if (index === undefined) throw new Error('expected an interface of that name, found none');
  const name = wanted.includes('%d') ? freeName(sys, inside, wanted) : wanted;
  // The kernel would move it first and then find that it cannot have the name.
  if (name === wanted && findLink(sys, inside, name) !== undefined)
    throw new Error(`the container's network namespace has an interface "${name}" already`);
  // Before it is taken down, by which those of IPv6 are lost.
  const addresses = addressesOf(sys, outside, index);
  step(`rename it to "${name}" inside`, () =>
    ask(sys, outside, {
      type: RTM_NEWLINK,
      flags: 0,
      body: linkMessage(index),
      attributes: [
        { type: IFLA_IFNAME, value: nameValue(sys, name) },
        { type: IFLA_NET_NS_PID, value: uint32(pid) },
      ],
    }),
  );
  setUp(sys, inside, name, addresses);
}

function setUp(sys: Sys, inside: number, name: string, addresses: readonly AddressRecord[]): void {
  const index = findLink(sys, inside, name);
  if (index === undefined) throw new Error(`expected it to be there as "${name}", found none`);
  for (const address of addresses) addAddress(sys, inside, index, address);
  step('set it up', () =>
    ask(sys, inside, { type: RTM_NEWLINK, flags: 0, body: linkMessage(index, IFF_UP), attributes: [] }),
  );
}

/** The lowest number that makes a name which is not taken, as the kernel counts them. */
function freeName(sys: Sys, socket: number, template: string): string {
  const entries = ask(sys, socket, { type: RTM_GETLINK, flags: NLM_F_DUMP, body: linkMessage(0), attributes: [] });
  const taken = new Set(entries.map(({ payload }) => nameOf(sys, payload)));
  for (let number = 0; ; number += 1) {
    const name = template.replace('%d', String(number));
    if (!taken.has(name)) return name;
  }
}

function nameOf(sys: Sys, payload: Uint8Array): string {
  return sys.decodeUtf8(attributesOf(payload, linkSize).get(IFLA_IFNAME) ?? new Uint8Array()).replace(/\0.*/s, '');
}
