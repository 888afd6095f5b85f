// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { errnoOf } from '../files.ts';
import {
  AF_NETLINK,
  MSG_DONTWAIT,
  NETLINK_KOBJECT_UEVENT,
  SO_RCVBUFFORCE,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOL_SOCKET,
} from '../linux.ts';
import type { Sys } from '../sys.ts';

/** What the kernel says of a device: ACTION, DEVPATH, SUBSYSTEM, and MODALIAS, DEVNAME and others where it has them. */
export type Uevent = ReadonlyMap<string, string>;

const receiveBuffer = 1024 * 1024;
/** The kernel's multicast group (1); udev's own (2) is nothing to us. */
const kernelGroup = 1;
/** UEVENT_BUFFER_SIZE is 2048 and a header with the path goes before it. */
const largestMessage = 8192;
/** Whoever else sends has a port of its own (netlink(7)). */
const kernelPort = 0;
/** Messages; a flood of them must leave PID 1 time for everything else. */
const mostAtOnce = 256;

/** A socket on which the kernel tells of devices that come and go from now on. */
export function openUevents(sys: Sys): number {
  const fd = sys.socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);
  sys.setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, receiveBuffer);
  sys.bind(fd, { family: AF_NETLINK, groups: kernelGroup });
  return fd;
}

/**
 * Takes what waits on the socket, up to `mostAtOnce` messages: what is left makes the socket readable again. Messages of
 * other senders than the kernel are dropped: a container with the host's network and CAP_NET_ADMIN may send to the group,
 * and could have modules loaded. 'overflow' when the kernel had to leave some out: what is present has to be looked for then.
 */
export function readUevents(sys: Sys, fd: number): Uevent[] | 'overflow' {
  const events: Uevent[] = [];
  const buffer = new Uint8Array(largestMessage);
  try {
    for (let taken = 0; taken < mostAtOnce; taken += 1) {
      const { length, netlinkPort } = sys.recvmsg(fd, buffer, MSG_DONTWAIT);
      if (netlinkPort === kernelPort) events.push(parseUevent(sys.decodeUtf8(buffer.subarray(0, length))));
    }
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOBUFS') return 'overflow';
    if (errno !== 'EAGAIN') throw error;
  }
  return events;
}

/** "add@/devices/…", then NAME=VALUE fields, each ended by a NUL (lib/kobject_uevent.c). */
export function parseUevent(message: string): Uevent {
  const fields = new Map<string, string>();
  for (const field of message.split('\0')) {
    const equals = field.indexOf('=');
    if (equals > 0) fields.set(field.slice(0, equals), field.slice(equals + 1));
  }
  return fields;
}
