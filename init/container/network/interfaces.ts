// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Interfaces that runtime.json gives a container (LinuxKit docs/yaml.md, runtime). Its program finds them down and without
// addresses.

import type { BundleInterface } from '../../contract/bundle-runtime.ts';
import type { Sys } from '../../sys.ts';
import { step } from '../step.ts';
import {
  ENODEV,
  IFLA_IFNAME,
  IFLA_NET_NS_PID,
  linkMessage,
  nameValue,
  openRouteSocket,
  openRouteSocketOf,
  RTM_NEWLINK,
} from './links.ts';
import { ask, type Attribute, NetlinkError, NLM_F_CREATE, NLM_F_EXCL, uint32, withAttributes } from './netlink.ts';

const RTM_DELLINK = 17;
const RTM_SETLINK = 19;
const IFLA_LINKINFO = 18;
const IFLA_INFO_KIND = 1;
const IFLA_INFO_DATA = 2;
const VETH_INFO_PEER = 1;
const EEXIST = 17;
const EINVAL = 22;
const EOPNOTSUPP = 95;
const nothing: Uint8Array = new Uint8Array();

/** Interfaces that a container has got. */
export interface GivenInterfaces {
  /** Removes those that were made and takes the others back; before `close`. What is gone by itself is passed over. */
  takeBack(): void;
  close(): void;
}

/** Where interfaces are made and moved. */
interface Place {
  readonly sys: Sys;
  /** The process whose network namespace they are for. */
  readonly pid: number;
  /** Sockets to the routing tables of the caller's namespace, and of that one. */
  readonly outside: number;
  readonly inside: number;
  /** What undoes what was done, in order. */
  readonly undo: (() => void)[];
}

/**
 * Makes interfaces for the process `pid`, which waits, or moves them to its network namespace. Throws an Error that names the
 * interface; those before it are taken back then.
 */
export function giveInterfaces(sys: Sys, interfaces: readonly BundleInterface[], pid: number): GivenInterfaces {
  const outside = openRouteSocket(sys);
  let inside: number;
  try {
    inside = openRouteSocketOf(sys, pid);
  } catch (error) {
    sys.close(outside);
    throw error;
  }
  const place: Place = { sys, pid, outside, inside, undo: [] };
  const given: GivenInterfaces = {
    takeBack: () => undoAll(place.undo),
    close() {
      sys.close(inside);
      sys.close(outside);
    },
  };
  try {
    for (const one of interfaces) step(`interface ${one.name}`, () => giveOne(place, one));
    return given;
  } catch (error) {
    try {
      given.takeBack();
    } finally {
      given.close();
    }
    throw error;
  }
}

/** The last first, and all of them whatever fails; then throws the first failure. */
function undoAll(acts: (() => void)[]): void {
  const failures: unknown[] = [];
  for (const act of acts.splice(0).toReversed()) {
    try {
      act();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

/** The type of link that is to be made; undefined for an interface that is there. */
export function linkType({ add, peer }: BundleInterface): string | undefined {
  return add || (peer ? 'veth' : undefined);
}

function giveOne(place: Place, one: BundleInterface): void {
  const { sys, pid, outside, inside, undo } = place;
  const { name, peer = '', createInRoot } = one;
  const type = linkType(one);
  if (type === undefined) {
    move(sys, outside, name, pid);
    undo.push(() => move(sys, inside, name, sys.getpid()));
  } else if (type === 'veth') {
    // Asked for from inside: a name that is taken outside, as eth0 is, is free there.
    make(sys, inside, name, type, peerData(sys, peer));
    undo.push(() => remove(sys, inside, name));
  } else if (createInRoot) {
    let at = outside;
    make(sys, outside, name, type);
    undo.push(() => remove(sys, at, name));
    move(sys, outside, name, pid);
    at = inside;
  } else {
    make(sys, outside, name, type, [], [{ type: IFLA_NET_NS_PID, value: uint32(pid) }]);
    undo.push(() => remove(sys, inside, name));
  }
}

function make(
  sys: Sys,
  socket: number,
  name: string,
  type: string,
  data: readonly Attribute[] = [],
  more: readonly Attribute[] = [],
): void {
  const info = [{ type: IFLA_INFO_KIND, value: nameValue(sys, type) }, ...data];
  const attributes = [
    { type: IFLA_IFNAME, value: nameValue(sys, name) },
    ...more,
    { type: IFLA_LINKINFO, value: withAttributes(nothing, info) },
  ];
  step(`make it, of type "${type}"`, () => {
    try {
      ask(sys, socket, { type: RTM_NEWLINK, flags: NLM_F_CREATE | NLM_F_EXCL, body: linkMessage(0), attributes });
    } catch (error) {
      throw explained(error, {
        [EOPNOTSUPP]: 'the kernel has no such type',
        [EEXIST]: 'an interface of that name, or of its peer, is there already',
      });
    }
  });
}

/** The other end of a pair, in the caller's own namespace. */
function peerData(sys: Sys, peer: string): readonly Attribute[] {
  const attributes = [
    { type: IFLA_IFNAME, value: nameValue(sys, peer) },
    { type: IFLA_NET_NS_PID, value: uint32(sys.getpid()) },
  ];
  const value = withAttributes(linkMessage(0), attributes);
  return [{ type: IFLA_INFO_DATA, value: withAttributes(nothing, [{ type: VETH_INFO_PEER, value }]) }];
}

function move(sys: Sys, from: number, name: string, pid: number): void {
  const attributes = [
    { type: IFLA_IFNAME, value: nameValue(sys, name) },
    { type: IFLA_NET_NS_PID, value: uint32(pid) },
  ];
  step("move it to the container's network namespace", () => {
    try {
      ask(sys, from, { type: RTM_SETLINK, flags: 0, body: linkMessage(0), attributes });
    } catch (error) {
      throw explained(error, {
        [ENODEV]: 'expected an interface of that name, found none',
        [EEXIST]: 'an interface of that name is there already',
        [EINVAL]: 'the kernel does not move interfaces of its type',
      });
    }
  });
}

function remove(sys: Sys, socket: number, name: string): void {
  const attributes = [{ type: IFLA_IFNAME, value: nameValue(sys, name) }];
  try {
    ask(sys, socket, { type: RTM_DELLINK, flags: 0, body: linkMessage(0), attributes });
  } catch (error) {
    if (!(error instanceof NetlinkError) || error.number !== ENODEV) throw error;
  }
}

/** What a refusal of the kernel means, where that can be said. */
function explained(error: unknown, meanings: Readonly<Record<number, string>>): unknown {
  const meaning = error instanceof NetlinkError ? meanings[error.number] : undefined;
  return meaning === undefined ? error : new Error(meaning, { cause: error });
}
