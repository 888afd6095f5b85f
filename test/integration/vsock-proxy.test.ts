// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

// The program itself between sockets of the host; what is special about vsock is in test/boot/recipes/programs.test.ts.

const program = new URL('../../dist/programs/vsock-proxy', import.meta.url).pathname;
const folder = temporaryFolder();
const front = join(folder.path, 'front');
const back = join(folder.path, 'back');
const servers: Server[] = [];
let proxy: ChildProcess;

afterAll(async () => {
  proxy.kill('SIGTERM');
  for (const server of servers) server.close();
  folder[Symbol.dispose]();
});

/** A server that hashes all that it gets, and answers once the other side has ended. */
async function serve(path: string, answer: (socket: Socket) => void): Promise<void> {
  const server = createServer({ allowHalfOpen: true }, answer);
  servers.push(server);
  await once(server.listen(path), 'listening');
}

function hashed(socket: Socket): void {
  const hash = createHash('sha256');
  socket.on('data', (data) => hash.update(data));
  socket.on('end', () => socket.end(hash.digest('hex')));
  // Who only looks whether somebody listens does not wait for an answer.
  socket.on('error', () => undefined);
}

beforeAll(async () => {
  await serve(back, hashed);
  proxy = spawn(program, [`unix:${front}=unix:${back}`, `unix:${front}2=unix:${folder.path}/absent`], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (let said = ''; said.split('\n').length < 3; )
    said += String(await once(proxy.stdout as NodeJS.EventEmitter, 'data'));
});

describe('a connection through vsock-proxy', () => {
  test('carries many megabytes, and the end of one half, while the other half answers', async () => {
    const data = randomBytes(24 * 1024 ** 2);
    const socket = connect({ path: front, allowHalfOpen: true });
    socket.end(data);
    expect(await text(socket)).toBe(createHash('sha256').update(data).digest('hex'));
  });

  test('is one of many at the same time', async () => {
    const answers = Array.from({ length: 100 }, async (_, index) => {
      const socket = connect({ path: front, allowHalfOpen: true });
      socket.end(`number ${index}`);
      return text(socket);
    });
    const hash = (index: number) => createHash('sha256').update(`number ${index}`).digest('hex');
    expect(await Promise.all(answers)).toEqual(answers.map((_, index) => hash(index)));
  });

  test('that nobody answers behind it is closed, and told', async () => {
    const told = once(proxy.stderr as NodeJS.EventEmitter, 'data');
    const socket = connect(`${front}2`);
    socket.on('error', () => undefined);
    await once(socket, 'close');
    expect(String(await told)).toBe(
      `vsock-proxy: a connection to unix:${front}2: connecting to unix:${folder.path}/absent: connect ${folder.path}/absent: ENOENT\n`,
    );
  });

  test('leads to a port of TCP, and costs no processor time when both sides are silent', async () => {
    const port = await freePort();
    const own = spawn(program, [`tcp:127.0.0.1:${port}=unix:${back}`], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(own.stdout, 'data');
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
    socket.write('first');
    await once(socket, 'connect');
    const before = process.hrtime.bigint();
    const ticks = () => Number(spawnSync('cut', ['-d', ' ', '-f', '14', `/proc/${own.pid}/stat`]).stdout);
    const used = ticks();
    while (process.hrtime.bigint() - before < 500_000_000n) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(ticks() - used).toBeLessThan(10);
    socket.end(' second');
    expect(await text(socket)).toBe(createHash('sha256').update('first second').digest('hex'));
    own.kill('SIGTERM');
    expect(await once(own, 'exit')).toEqual([0, null]);
  });
});

test('a socket that an earlier run has left is replaced, one that is in use is not', async () => {
  const own = spawn(program, [`unix:${front}3=unix:${back}`], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(own.stdout, 'data');
  const second = spawnSync(program, [`unix:${front}3=unix:${back}`], { encoding: 'utf8' });
  expect(second).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('EADDRINUSE\nhint: another program has it'),
  });
  own.kill('SIGKILL');
  await once(own, 'exit');
  const third = spawn(program, [`unix:${front}3=unix:${back}`], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(third.stdout, 'data');
  third.kill('SIGTERM');
  expect(await once(third, 'exit')).toEqual([0, null]);
});

test('a file that is no socket is left as it is', () => {
  writeFileSync(join(folder.path, 'data'), 'precious');
  const own = spawnSync(program, [`unix:${folder.path}/data=unix:${back}`], { encoding: 'utf8', timeout: 10_000 });
  expect(own).toMatchObject({ status: 1, stderr: expect.stringContaining('EADDRINUSE') });
  expect(readFileSync(join(folder.path, 'data'), 'utf8')).toBe('precious');
});

test('connections beyond a thousand wait until others have ended, and those that there are go on', async () => {
  let served = 0;
  // Nobody takes what comes: the proxy has to keep some of it.
  await serve(`${back}4`, (socket) => {
    served += 1;
    socket.on('error', () => undefined);
    socket.write(Buffer.alloc(4 * 1024 ** 2), () => undefined);
  });
  const own = spawn('prlimit', ['--nofile=8192', program, `unix:${front}4=unix:${back}4`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(own.stdout, 'data');
  const clients: Socket[] = [];
  for (let count = 0; count < 1100; count += 1) {
    const client = connect(`${front}4`);
    client.on('error', () => undefined);
    client.pause();
    clients.push(client);
    await once(client, 'connect');
    // Not more of them at once than the queue of a listening socket takes.
    const wanted = Math.min(1000, count);
    if (count % 50 === 0) await until(`${wanted} connections are served`, () => served >= wanted);
  }
  await until('a thousand connections are served', () => served >= 1000);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect([served, own.exitCode]).toEqual([1000, null]);
  for (const client of clients.splice(0, 200)) client.destroy();
  await until('the others are served too', () => served === 1100);
  for (const client of clients) client.destroy();
  own.kill('SIGTERM');
  expect(await once(own, 'exit')).toEqual([0, null]);
});

test.each([
  ['vsock:1', 'expected FROM=TO, found "vsock:1"'],
  ['vsock:x=unix:/a', 'expected vsock:PORT, unix:PATH or tcp:ADDRESS:PORT, found "vsock:x"'],
  ['vsock:1=vsock:2', 'expected vsock:CID:PORT, unix:PATH or tcp:ADDRESS:PORT, found "vsock:2"'],
  ['vsock:1=tcp:localhost:80', 'found "tcp:localhost:80"'],
  ['unix:relative=vsock:2:1', 'found "unix:relative"'],
  ['-inport=12', 'expected -inport PORT:unix:PATH, found "12"'],
])('%s is refused before anything is listened to', (word, said) => {
  expect(spawnSync(program, [word], { encoding: 'utf8' })).toMatchObject({
    status: 2,
    stderr: expect.stringContaining(said),
  });
});

describe('a socket whose queue is full', () => {
  const full = join(folder.path, 'full');
  const clients: Socket[] = [];
  let listener: ChildProcess;

  // A program that is stopped takes nothing from its queue; the kernel fills it up.
  beforeAll(async () => {
    listener = spawn(program, [`unix:${full}=unix:${back}`], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(listener.stdout as NodeJS.EventEmitter, 'data');
    listener.kill('SIGSTOP');
    for (let isFull = false; !isFull; ) {
      const client = connect(full);
      isFull = await new Promise((resolve) => {
        client.once('connect', () => resolve(false));
        client.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EAGAIN'));
      });
      if (!isFull) clients.push(client);
    }
  });
  afterAll(() => {
    for (const client of clients) client.destroy();
    listener.kill('SIGKILL');
  });

  test('is in use, which is found out without waiting for it', () => {
    const second = spawnSync(program, [`unix:${full}=unix:${back}`], { encoding: 'utf8', timeout: 10_000 });
    expect(second).toMatchObject({ status: 1, stderr: expect.stringContaining('EADDRINUSE\nhint: another program') });
  });

  test('is waited for, for some seconds and no longer, and others are served meanwhile', async () => {
    const own = spawn(program, [`unix:${front}5=unix:${full}`, `unix:${front}6=unix:${back}`], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let told = '';
    own.stderr.on('data', (data) => (told += String(data)));
    for (let said = ''; said.split('\n').length < 3; ) said += String(await once(own.stdout, 'data'));
    const given = connect(`${front}5`).on('error', () => undefined);
    const other = connect({ path: `${front}6`, allowHalfOpen: true });
    other.end('meanwhile');
    expect(await text(other)).toBe(createHash('sha256').update('meanwhile').digest('hex'));
    expect(told).toBe('');
    await once(given, 'close');
    expect(told).toBe(
      `vsock-proxy: a connection to unix:${front}5: connecting to unix:${full}: connect ${full}: EAGAIN: its queue was full for 5 s\n`,
    );
    const late = connect({ path: `${front}5`, allowHalfOpen: true });
    late.end('late');
    const answer = text(late);
    await once(late, 'connect');
    // So that it has been tried in vain.
    await new Promise((resolve) => setTimeout(resolve, 300));
    listener.kill('SIGCONT');
    expect(await answer).toBe(createHash('sha256').update('late').digest('hex'));
    own.kill('SIGTERM');
    expect(await once(own, 'exit')).toEqual([0, null]);
  });
});
