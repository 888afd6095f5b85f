// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { AF_INET, AF_INET6, AF_UNIX, AF_VSOCK, VMADDR_CID_ANY } from '../linux.ts';
import { UsageError } from '../runtime/arguments.ts';
import type { SocketAddress } from '../sys.ts';

/** One side of what is forwarded. */
export interface Endpoint {
  /** As it was written, for messages. */
  readonly text: string;
  readonly address: SocketAddress;
}

/** GUIDs of Hyper-V that stand for a vsock port, which is their first part (Linux net/vmw_vsock/hyperv_transport.c). */
const hyperV = /^([0-9a-f]{8})-facb-11e6-bd58-64006a7986d3$/i;

/**
 * Reads "vsock:PORT" (to listen), "vsock:CID:PORT", "unix:PATH" ("@" in front is a name in the abstract namespace), "tcp:PORT",
 * "tcp:ADDRESS:PORT" with a numeric address, one of IPv6 in brackets. Throws UsageError.
 */
export function parseEndpoint(text: string, use: 'listen' | 'connect'): Endpoint {
  const colon = text.indexOf(':');
  const kind = text.slice(0, colon);
  const rest = text.slice(colon + 1);
  const address = parsers[kind]?.(rest, use);
  if (address === undefined) {
    const any = use === 'listen' ? 'vsock:PORT' : 'vsock:CID:PORT';
    throw new UsageError(`expected ${any}, unix:PATH or tcp:ADDRESS:PORT, found "${text}"`);
  }
  return { text, address };
}

const parsers: Readonly<Record<string, (rest: string, use: 'listen' | 'connect') => SocketAddress | undefined>> = {
  vsock(rest, use) {
    const [first = '', second] = rest.split(/:(.*)/s);
    const port = vsockNumber(second ?? first);
    const cid = second === undefined ? (use === 'listen' ? VMADDR_CID_ANY : undefined) : vsockNumber(first);
    return port === undefined || cid === undefined ? undefined : { family: AF_VSOCK, cid, port };
  },
  unix(rest) {
    if (!/^[/@]./.test(rest)) return undefined;
    return { family: AF_UNIX, path: rest.startsWith('@') ? `\0${rest.slice(1)}` : rest };
  },
  tcp(rest, use) {
    const [, v6, v4, digits = ''] = /^(?:(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+)):)?([0-9]{1,5})$/.exec(rest) ?? [];
    const port = Number(digits);
    if (digits === '' || port < 1 || port > 65_535) return undefined;
    if (v6 !== undefined) return { family: AF_INET6, address: v6, port };
    return { family: AF_INET, address: v4 ?? (use === 'listen' ? '0.0.0.0' : '127.0.0.1'), port };
  },
};

function vsockNumber(text: string): number | undefined {
  const guid = hyperV.exec(text)?.[1];
  if (guid !== undefined) return Number.parseInt(guid, 16);
  const number = Number(text);
  return /^[0-9]{1,10}$/.test(text) && number < 2 ** 32 ? number : undefined;
}
