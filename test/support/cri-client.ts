// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// As much of gRPC over HTTP/2 and of Protocol Buffers as calls of Kubernetes' container runtime interface take (runtime.v1, api.proto):
// fields are numbers here, as on the wire.

import { type ClientHttp2Session, connect } from 'node:http2';
import { buffer } from 'node:stream/consumers';
import type { Readable } from 'node:stream';

/** A message to send: values by field number. */
export interface CriMessage {
  readonly [field: number]: string | CriMessage | readonly string[];
}

/** A message that came: of each field all values, numbers or bytes. */
export type CriFields = ReadonlyMap<number, readonly (number | Buffer)[]>;

/** A runtime that serves CRI over TCP, without TLS. */
export class CriClient implements Disposable {
  readonly #session: ClientHttp2Session;

  constructor(port: number) {
    this.#session = connect(`http://127.0.0.1:${port}`);
    // What goes wrong shows in each call.
    this.#session.on('error', () => {});
  }

  /** Calls a method of the runtime service; an error when it answers with one. */
  async call(method: string, message: CriMessage): Promise<CriFields> {
    const stream = this.#session.request({
      ':method': 'POST',
      ':path': `/runtime.v1.RuntimeService/${method}`,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    let status: unknown;
    let said: unknown;
    const note = (headers: Readonly<Record<string, unknown>>): void => {
      status = headers['grpc-status'] ?? status;
      said = headers['grpc-message'] ?? said;
    };
    stream.on('response', note).on('trailers', note);
    const body = encode(message);
    const head = Buffer.alloc(5);
    head.writeUInt32BE(body.length, 1);
    stream.end(Buffer.concat([head, body]));
    const answer = await buffer(stream as Readable);
    if (status !== '0') throw new Error(`${method}: status ${String(status)}: ${String(said)}`);
    return decode(answer.subarray(5));
  }

  [Symbol.dispose](): void {
    this.#session.destroy();
  }
}

/** The text of a field's first value. */
export function textOf(fields: CriFields, field: number): string {
  return String(fields.get(field)?.[0] ?? '');
}

/** The messages in a field. */
export function messagesOf(fields: CriFields, field: number): readonly CriFields[] {
  return (fields.get(field) ?? []).flatMap((value) => (typeof value === 'number' ? [] : [decode(value)]));
}

function encode(message: CriMessage): Buffer {
  const parts = Object.entries(message).flatMap(([field, value]) => {
    const values = Array.isArray(value) ? (value as readonly string[]) : [value as string | CriMessage];
    return values.flatMap((one) => {
      const bytes = typeof one === 'string' ? Buffer.from(one) : encode(one);
      return [varint((Number(field) << 3) | 2), varint(bytes.length), bytes];
    });
  });
  return Buffer.concat(parts);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return Buffer.from([...bytes, rest]);
    bytes.push((rest & 0x7f) | 0x80);
  }
}

function decode(bytes: Buffer): CriFields {
  const fields = new Map<number, (number | Buffer)[]>();
  let at = 0;
  // Numbers of more than 53 bits (times) lose their last digits.
  const number = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes.readUInt8(at++);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const key = number();
    let value: number | Buffer = number();
    if ((key & 7) === 2) {
      const end = at + value;
      value = bytes.subarray(at, end);
      at = end;
    }
    const values = fields.get(key >> 3) ?? [];
    fields.set(key >> 3, [...values, value]);
  }
  return fields;
}
