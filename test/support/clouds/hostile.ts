// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { aws } from './aws.ts';
import type { Cloud, CloudAnswer } from './cloud.ts';
import { hetzner } from './hosters.ts';
import { openStack } from './openstack.ts';

const mebibyte = 1024 * 1024;
const ok = 'HTTP/1.1 200 OK\r\n';

/** Bytes of no protocol's choosing, once; the connection stays open. */
const once = (text: string): CloudAnswer => ({ status: 200, raw: (socket) => void socket.write(text) });

/** The same again and again, until the other side has gone. */
const forEver = (start: string, more: string, everyMs = 0): CloudAnswer => ({
  status: 200,
  raw(socket: Socket) {
    socket.on('error', () => undefined);
    socket.write(start);
    const again = (): void => {
      if (socket.destroyed) return;
      if (socket.write(more) || everyMs > 0) setTimeout(again, everyMs);
      else socket.once('drain', again);
    };
    again();
  },
});

/** Hetzner's service, with that for user data. */
const withUserData =
  (answer: CloudAnswer): Cloud =>
  (request) =>
    request.path === '/hetzner/v1/userdata' ? answer : hetzner(request);

/** Metadata services that mean harm, or are broken, by what they do. */
export const hostileClouds: Readonly<Record<string, Cloud>> = {
  'hostile-headers': withUserData(forEver(ok, 'X-More: and more\r\n'.repeat(100))),
  'hostile-continue': withUserData(forEver('', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(100))),
  'hostile-chunks': withUserData(forEver(`${ok}Transfer-Encoding: chunked\r\n\r\n`, '1\r\nx\r\n'.repeat(10_000))),
  'hostile-lines': withUserData(forEver(`${ok}Transfer-Encoding: chunked\r\n\r\n`, '\r\n'.repeat(10_000))),
  'hostile-trailer': withUserData(forEver(`${ok}Transfer-Encoding: chunked\r\n\r\n0\r\n`, 'X: y\r\n'.repeat(1000))),
  'hostile-body': withUserData(forEver(`${ok}\r\n`, 'x'.repeat(mebibyte))),
  'hostile-slow': withUserData(forEver(`${ok}Content-Length: 100000\r\n\r\n`, 'x', 20)),
  'hostile-silence': withUserData(once(`${ok}Content-Length: 10\r\n\r\n`)),
  'hostile-gzip': withUserData({
    status: 200,
    headers: { 'Content-Encoding': 'gzip' },
    body: gzipSync(Buffer.alloc(64 * mebibyte)),
  }),
  'hostile-redirect': withUserData({ status: 307, headers: { Location: 'http://evil.example.com/' }, body: 'x' }),
  'hostile-error-page': withUserData({ status: 404, body: Buffer.alloc(32 * mebibyte) }),
  'hostile-paths': withUserData({
    status: 200,
    body: JSON.stringify({
      '../../etc/passwd': { content: 'root::0:0' },
      'a\n\u001b[31mb': { content: 'shown' },
      ['x'.repeat(100_000)]: { content: 'long' },
      app: { entries: { '..': { entries: { shadow: { content: 'x' } } }, good: { content: 'good' } } },
    }),
  }),
  'hostile-names': (request) =>
    request.path === '/hetzner/v1/metadata/hostname'
      ? { status: 200, body: 'box\nnameserver 192.0.2.1' }
      : request.path === '/hetzner/v1/metadata/region'
        ? { status: 200, body: 'eu\0central' }
        : request.path === '/hetzner/v1/metadata/public-keys'
          ? { status: 200, body: JSON.stringify(['ssh-rsa AAAA\0 a', 'ssh-rsa BBBB b\rcommand="x" ssh-rsa CCCC c']) }
          : hetzner(request),
  /** Each of what is asked for at the same time has as much as an answer may have. */
  'hostile-values': (request) => {
    if (request.path === '/latest/meta-data/public-keys/')
      return { status: 200, body: Array.from({ length: 16 }, (_, at) => `${at}=key`).join('\n') };
    const isSmall = /token|hostname|user-data/.test(request.path);
    return isSmall ? aws(request) : { status: 200, body: Buffer.alloc(4 * mebibyte, 'x') };
  },
  'hostile-documents': (request) =>
    /data(?:\.json)?$/.test(request.path) && !request.path.endsWith('meta_data.json')
      ? { status: 200, body: `{"é": {"content": "${'x'.repeat(4 * mebibyte - 100)}"}}` }
      : openStack(request),
  /** JSON that takes hundreds of megabytes once it is read. */
  'hostile-json': withUserData({ status: 200, body: `{"a": [${'[],'.repeat(mebibyte)}[]]}` }),
  /** Thousands of entries, none of which is right. */
  'hostile-problems': withUserData({
    status: 200,
    body: `{${Array.from({ length: 60_000 }, (_, at) => `"wrong-${at}": {"perm": "no"}`).join()}}`,
  }),
};
