// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Requests to the kernel's routing tables and what it answers (netlink(7), rtnetlink(7)). All numbers are in the machine's own
// order, which is little-endian on both that we run on.

import type { Sys } from '../../sys.ts';

const headerSize = 16;
const alignment = 4;

/** nlmsghdr.nlmsg_type: the answers that are not data. */
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;

/** nlmsghdr.nlmsg_flags. */
const NLM_F_REQUEST = 0x1;
const NLM_F_ACK = 0x4;
/** Every entry of a table, closed by NLMSG_DONE. */
export const NLM_F_DUMP = 0x300;
/** Flags of requests that make something (netlink(7)). */
export const NLM_F_EXCL = 0x200;
export const NLM_F_CREATE = 0x400;

/** A request before it is bytes. */
export interface NetlinkRequest {
  /** RTM_*. */
  readonly type: number;
  readonly flags: number;
  /** The fixed structure of that type. */
  readonly body: Uint8Array;
  readonly attributes: readonly Attribute[];
}

/** A struct rtattr. */
export interface Attribute {
  readonly type: number;
  readonly value: Uint8Array;
}

/** One entry that the kernel answered with. */
export interface NetlinkEntry {
  readonly type: number;
  /** What follows the header: the fixed structure, then attributes. */
  readonly payload: Uint8Array;
}

/** What the kernel refused a request with; `errno` is positive. */
export class NetlinkError extends Error {
  override readonly name = 'NetlinkError';
  readonly number: number;

  constructor(number: number) {
    super(names.get(number) ?? `error ${number}`);
    this.number = number;
  }
}

/** errno(3) of those that moving interfaces can end in. */
const names: ReadonlyMap<number, string> = new Map([
  [1, 'EPERM'],
  [3, 'ESRCH'],
  [12, 'ENOMEM'],
  [13, 'EACCES'],
  [16, 'EBUSY'],
  [17, 'EEXIST'],
  [19, 'ENODEV'],
  [22, 'EINVAL'],
  [34, 'ERANGE'],
  [95, 'EOPNOTSUPP'],
  [99, 'EADDRNOTAVAIL'],
]);

/** A number of 32 bits, as attributes carry it. */
export function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

/** The bytes of a request. */
export function encodeRequest({ type, flags, body, attributes }: NetlinkRequest, sequence: number): Uint8Array {
  const header = new Uint8Array(headerSize + body.length);
  header.set(body, headerSize);
  const bytes = withAttributes(header, attributes);
  const view = viewOf(bytes);
  view.setUint32(0, bytes.length, true);
  view.setUint16(4, type, true);
  view.setUint16(6, flags | NLM_F_REQUEST, true);
  view.setUint32(8, sequence, true);
  return bytes;
}

/** A fixed structure, which may be empty, with attributes after it: a request, or the value of an attribute that has others inside. */
export function withAttributes(start: Uint8Array, attributes: readonly Attribute[]): Uint8Array {
  const length = attributes.reduce((sum, { value }) => align(sum) + 4 + value.length, align(start.length));
  const bytes = new Uint8Array(length);
  const view = viewOf(bytes);
  bytes.set(start);
  let offset = align(start.length);
  for (const { type, value } of attributes) {
    view.setUint16(offset, 4 + value.length, true);
    view.setUint16(offset + 2, type, true);
    bytes.set(value, offset + 4);
    offset = align(offset + 4 + value.length);
  }
  return bytes;
}

/** The attributes that follow a fixed structure of `start` bytes. What is cut off is left out. */
export function attributesOf(payload: Uint8Array, start: number): ReadonlyMap<number, Uint8Array> {
  const view = viewOf(payload);
  const found = new Map<number, Uint8Array>();
  // The upper two bits say how the value is to be read.
  const typeMask = 0x3fff;
  for (let offset = align(start); offset + 4 <= payload.length; ) {
    const length = view.getUint16(offset, true);
    if (length < 4 || offset + length > payload.length) break;
    found.set(view.getUint16(offset + 2, true) & typeMask, payload.subarray(offset + 4, offset + length));
    offset = align(offset + length);
  }
  return found;
}

/**
 * Sends a request and returns what the kernel answers with: the entries of a table for NLM_F_DUMP, the one that was asked
 * for, or none. Throws NetlinkError when it refuses, and an Error when the answer makes no sense.
 */
export function ask(sys: Sys, socket: number, request: NetlinkRequest): readonly NetlinkEntry[] {
  const sequence = 1;
  const dump = (request.flags & NLM_F_DUMP) === NLM_F_DUMP;
  const flags = dump ? request.flags : request.flags | NLM_F_ACK;
  sys.sendmsg(socket, encodeRequest({ ...request, flags }, sequence), [], 0);
  const entries: NetlinkEntry[] = [];
  const buffer = new Uint8Array(64 * 1024);
  for (;;) {
    const { length, truncated, netlinkPort } = sys.recvmsg(socket, buffer, 0);
    if (truncated) throw new Error('netlink: an answer of more than 64 KiB');
    // Others may send to the socket, too.
    if (netlinkPort !== 0) continue;
    if (collect(buffer.slice(0, length), sequence, entries)) return entries;
  }
}

/** Adds the entries of one datagram. True when it has the end of the answer. */
function collect(datagram: Uint8Array, sequence: number, entries: NetlinkEntry[]): boolean {
  const view = viewOf(datagram);
  for (let offset = 0; offset + headerSize <= datagram.length; ) {
    const length = view.getUint32(offset, true);
    if (length < headerSize || offset + length > datagram.length)
      throw new Error(`netlink: expected a message of ${length} bytes, found ${datagram.length - offset}`);
    const type = view.getUint16(offset + 4, true);
    const payload = datagram.subarray(offset + headerSize, offset + length);
    if (view.getUint32(offset + 8, true) === sequence) {
      if (type === NLMSG_DONE) return true;
      if (type === NLMSG_ERROR) {
        const error = payload.length >= 4 ? viewOf(payload).getInt32(0, true) : 0;
        if (error !== 0) throw new NetlinkError(-error);
        return true;
      }
      entries.push({ type, payload });
    }
    offset = align(offset + length);
  }
  return false;
}

function align(length: number): number {
  return (length + alignment - 1) & ~(alignment - 1);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
