// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Addresses of an interface, which the kernel drops when that goes to another network namespace (rtnetlink(7), RTM_NEWADDR).

import type { Sys } from '../../sys.ts';
import { ask, attributesOf, NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL, uint32 } from './netlink.ts';
import { step } from '../step.ts';

const RTM_NEWADDR = 20;
const RTM_GETADDR = 22;
const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const IFA_BROADCAST = 4;
const IFA_FLAGS = 8;
const IFA_F_PERMANENT = 0x80;
/** IFA_F_NODAD, HOMEADDRESS, MANAGETEMPADDR, NOPREFIXROUTE and MCAUTOJOIN: what is chosen for an address, and not its state. */
const chosenFlags = 0x2 | 0x10 | 0x100 | 0x200 | 0x400;
const RT_SCOPE_UNIVERSE = 0;

/** Bytes of struct ifaddrmsg. */
const addressSize = 8;

/** An address of an interface. */
export interface AddressRecord {
  /** AF_INET or AF_INET6. */
  readonly family: number;
  readonly prefixLength: number;
  /** IFA_F_*, without the state that the kernel keeps there. */
  readonly flags: number;
  /** The address, the peer's or the network's, and the one for broadcasts. */
  readonly local: Uint8Array | undefined;
  readonly address: Uint8Array | undefined;
  readonly broadcast: Uint8Array | undefined;
}

/** The permanent addresses of global scope of one interface, of any family: those that the container is to have. */
export function addressesOf(sys: Sys, socket: number, index: number): readonly AddressRecord[] {
  const entries = step('list its addresses', () =>
    ask(sys, socket, { type: RTM_GETADDR, flags: NLM_F_DUMP, body: new Uint8Array(addressSize), attributes: [] }),
  );
  return entries.flatMap(({ payload }) => {
    if (payload.length < addressSize) return [];
    const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
    const attributes = attributesOf(payload, addressSize);
    const allFlags = attributes.get(IFA_FLAGS);
    const flags =
      allFlags === undefined || allFlags.length < 4
        ? view.getUint8(2)
        : new DataView(allFlags.buffer, allFlags.byteOffset).getUint32(0, true);
    const isKept = (flags & IFA_F_PERMANENT) !== 0 && view.getUint8(3) === RT_SCOPE_UNIVERSE;
    if (!isKept || view.getInt32(4, true) !== index) return [];
    return [
      {
        family: view.getUint8(0),
        prefixLength: view.getUint8(1),
        flags: flags & chosenFlags,
        local: attributes.get(IFA_LOCAL),
        address: attributes.get(IFA_ADDRESS),
        broadcast: attributes.get(IFA_BROADCAST),
      },
    ];
  });
}

/** Gives an interface an address. */
export function addAddress(sys: Sys, socket: number, index: number, record: AddressRecord): void {
  const { family, prefixLength, flags, local, address, broadcast } = record;
  const body = new Uint8Array(addressSize);
  body.set([family, prefixLength, flags & 0xff, RT_SCOPE_UNIVERSE]);
  body.set(uint32(index), 4);
  const optional = [
    { type: IFA_LOCAL, value: local },
    { type: IFA_ADDRESS, value: address },
    { type: IFA_BROADCAST, value: broadcast },
    { type: IFA_FLAGS, value: uint32(flags) },
  ];
  const attributes = optional.flatMap(({ type, value }) => (value === undefined ? [] : [{ type, value }]));
  const text = [...(local ?? address ?? [])].join('.');
  step(`add its address ${text}/${prefixLength}`, () =>
    ask(sys, socket, { type: RTM_NEWADDR, flags: NLM_F_CREATE | NLM_F_EXCL, body, attributes }),
  );
}
