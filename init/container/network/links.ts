// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What the kernel is asked about network interfaces, which it calls links (rtnetlink(7)).

import { AF_NETLINK, AT_FDCWD, CLONE_NEWNET, O_CLOEXEC, O_RDONLY, SOCK_CLOEXEC, SOCK_RAW } from '../../linux.ts';
import type { Sys } from '../../sys.ts';
import { step } from '../step.ts';
import { ask, NetlinkError } from './netlink.ts';

const NETLINK_ROUTE = 0;
export const RTM_NEWLINK = 16;
export const RTM_GETLINK = 18;
export const IFLA_IFNAME = 3;
export const IFLA_NET_NS_PID = 19;
/** errno(3): there is no interface of that name. */
export const ENODEV = 19;

/** Bytes of struct ifinfomsg. */
export const linkSize = 16;

/** A socket to the routing tables of the network namespace that the caller is in. */
export function openRouteSocket(sys: Sys): number {
  return step('open a netlink socket', () => sys.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
}

/** As openRouteSocket, in the network namespace of a process. */
export function openRouteSocketOf(sys: Sys, pid: number): number {
  return inNetworkOf(sys, pid, () => openRouteSocket(sys));
}

/** Makes a socket in the network namespace of a process, which the caller enters for as long as that takes. */
export function inNetworkOf(sys: Sys, pid: number, open: () => number): number {
  const own = openNamespace(sys, 'self');
  try {
    const other = openNamespace(sys, String(pid));
    try {
      sys.setns(other, CLONE_NEWNET);
    } finally {
      sys.close(other);
    }
    try {
      return open();
    } finally {
      sys.setns(own, CLONE_NEWNET);
    }
  } finally {
    sys.close(own);
  }
}

function openNamespace(sys: Sys, process: string): number {
  return sys.openat(AT_FDCWD, `/proc/${process}/ns/net`, O_RDONLY | O_CLOEXEC, 0);
}

/** The index of an interface; undefined when there is none of that name. */
export function findLink(sys: Sys, socket: number, name: string): number | undefined {
  try {
    const [entry] = ask(sys, socket, {
      type: RTM_GETLINK,
      flags: 0,
      body: linkMessage(0),
      attributes: [{ type: IFLA_IFNAME, value: nameValue(sys, name) }],
    });
    return entry === undefined ? undefined : indexOf(entry.payload);
  } catch (error) {
    if (error instanceof NetlinkError && error.number === ENODEV) return undefined;
    throw error;
  }
}

/** struct ifinfomsg, with the flags that are to be set. */
export function linkMessage(index: number, flags = 0): Uint8Array {
  const body = new Uint8Array(linkSize);
  const view = new DataView(body.buffer);
  view.setInt32(4, index, true);
  view.setUint32(8, flags, true);
  view.setUint32(12, flags, true);
  return body;
}

function indexOf(payload: Uint8Array): number {
  if (payload.length < linkSize) throw new Error(`netlink: expected ${linkSize} bytes of an interface`);
  return new DataView(payload.buffer, payload.byteOffset).getInt32(4, true);
}

/** The value of an attribute that is a name. */
export function nameValue(sys: Sys, name: string): Uint8Array {
  return sys.encodeUtf8(`${name}\0`);
}
