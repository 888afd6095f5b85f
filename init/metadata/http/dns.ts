// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// As much of DNS as finds the IPv4 address of a metadata server (RFC 1035).

const typeA = 1;
const classInternet = 1;
const recursionDesired = 0x0100;
const isResponse = 0x8000;
const headLength = 12;

/** A question for the addresses of a name. */
export function encodeQuestion(id: number, name: string): Uint8Array {
  const labels = name.replace(/\.$/, '').split('.');
  const bytes: number[] = [id >> 8, id & 0xff, recursionDesired >> 8, 0, 0, 1, 0, 0, 0, 0, 0, 0];
  for (const label of labels) {
    if (!/^[\u0021-\u007e]{1,63}$/.test(label))
      throw new Error(`expected a name of a host, found ${JSON.stringify(name)}`);
    bytes.push(label.length, ...Array.from(label, (character) => character.charCodeAt(0)));
  }
  return new Uint8Array([...bytes, 0, 0, typeA, 0, classInternet]);
}

/** What an answer says: an address, or why there is none. Undefined when it is no answer to that question. */
export type Resolved = { readonly address: string } | { readonly failure: string };

/** Reads an answer to the question with that number. */
export function parseAnswer(bytes: Uint8Array, id: number): Resolved | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < headLength || view.getUint16(0) !== id || (view.getUint16(2) & isResponse) === 0) return undefined;
  const code = view.getUint16(2) & 0xf;
  if (code !== 0)
    return { failure: code === 3 ? 'there is no such name' : `the name server answered with code ${code}` };
  try {
    let at = headLength;
    for (let question = view.getUint16(4); question > 0; question -= 1) at = skipName(bytes, at) + 4;
    for (let answer = view.getUint16(6); answer > 0; answer -= 1) {
      at = skipName(bytes, at);
      const [type, length] = [view.getUint16(at), view.getUint16(at + 8)];
      const data = at + 10;
      // Names that stand for another (CNAME) come first, and the addresses behind them.
      if (type === typeA && length === 4 && data + 4 <= bytes.length)
        return { address: bytes.subarray(data, data + 4).join('.') };
      at = data + length;
    }
    return { failure: 'the name has no IPv4 address' };
  } catch (error) {
    if (error instanceof RangeError) return { failure: 'the answer of the name server breaks off' };
    throw error;
  }
}

/** Labels up to an empty one, or to a pointer. */
function skipName(bytes: Uint8Array, start: number): number {
  for (let at = start; at < bytes.length; ) {
    const length = bytes[at] ?? 0;
    if (length === 0) return at + 1;
    if (length >= 0xc0) return at + 2;
    at += 1 + length;
  }
  throw new RangeError('a name breaks off');
}

/** The servers of resolv.conf(5) that have an IPv4 address, and the domain that names without a dot are looked for in. */
export function parseResolvConf(text: string): {
  readonly servers: readonly string[];
  readonly domain: string | undefined;
} {
  const lines = text.split('\n').map((line) => line.trim().split(/\s+/));
  const servers = lines.flatMap(([key, value = '']) => (key === 'nameserver' && /^[\d.]+$/.test(value) ? [value] : []));
  const domain = lines.findLast(([key]) => key === 'search' || key === 'domain')?.[1];
  return { servers: servers.slice(0, 3), domain };
}
