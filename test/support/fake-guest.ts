// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';

export interface FakeGuestOptions {
  /** What is sent to a client before it has said anything. */
  readonly stale?: string;
  /** It never answers. */
  readonly isDeaf?: boolean;
  /** What a request gets, after the connection's marker. */
  readonly answer?: (request: string, client: Socket) => void;
}

/** The host's side of a machine's control ports, served by this process instead of QEMU and PID 1. */
export interface FakeGuest extends AsyncDisposable {
  readonly requests: readonly string[];
}

/** Listens as a machine of that name in the folder that XDG_RUNTIME_DIR will name. */
export async function fakeGuest(runtime: string, name: string, options: FakeGuestOptions = {}): Promise<FakeGuest> {
  const folder = join(runtime, 'tskit', name);
  mkdirSync(join(runtime, 'tskit'), { recursive: true, mode: 0o700 });
  mkdirSync(folder);
  const stat = readFileSync('/proc/self/stat', 'latin1');
  writeFileSync(join(folder, 'owner'), `${process.pid} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`);
  const requests: string[] = [];
  const clients = new Set<Socket>();
  const serve = (client: Socket): void => {
    clients.add(client);
    client.on('error', () => {}).on('close', () => clients.delete(client));
    if (options.stale !== undefined) client.write(options.stale);
    let held = '';
    client.setEncoding('latin1').on('data', (text: string) => {
      held += text;
      const [, marker] = /^(\0.*\n)/.exec(held) ?? [];
      if (marker !== undefined && options.isDeaf !== true) client.write(marker);
      held = held.slice(marker?.length ?? 0);
      const end = held.indexOf('\r\n\r\n');
      if (end < 0) return;
      requests.push(held.slice(0, held.indexOf(' HTTP/1.1\r\n')));
      held = held.slice(end + 4);
      options.answer?.(requests.at(-1) ?? '', client);
      // For whoever listens since then.
      const rest = held;
      held = '';
      if (rest !== '') client.emit('data', rest);
    });
  };
  const servers = await Promise.all(
    [0, 1, 2].map(
      (index) =>
        new Promise<Server>((resolve) => {
          const server = createServer(serve);
          server.listen(join(folder, `${index}.sock`), () => resolve(server));
        }),
    ),
  );
  return {
    requests,
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.destroy();
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
      rmSync(folder, { recursive: true });
    },
  };
}

/** An answer of a known length. */
export function json(value: unknown, status = '200 OK'): string {
  const body = `${JSON.stringify(value)}\n`;
  return `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/** An answer in chunks; without its end it goes on. */
export function chunks(parts: readonly (string | Uint8Array)[], isWhole = true): Buffer {
  const bodies = parts.map((part) => Buffer.from(part));
  return Buffer.concat([
    Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'),
    ...bodies.flatMap((body) => [Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n')]),
    Buffer.from(isWhole ? '0\r\n\r\n' : ''),
  ]);
}
