// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { chmodSync, mkdirSync, readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SystemEvent } from '../../init/contract/status.ts';
import { someBoot } from '../support/boot-times.ts';
import { type CliResult, runTskit, tskit } from '../support/cli.ts';
import { chunks, type FakeGuest, type FakeGuestOptions, fakeGuest, json } from '../support/fake-guest.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const event = (number: number): string =>
  `${JSON.stringify({ number, at: number, id: 'services/web', kind: 'ended', text: 'killed by SIGKILL' } satisfies SystemEvent)}\n`;
/** Neither UTF-8 nor free of what begins a session. */
const junk = Uint8Array.from([0x68, 0x69, 0, 0xff, 0xfe, 0x1b, 0x5b, 0x32, 0x4a, 0x0a]);

const answers: Readonly<Record<string, (client: Socket) => void>> = {
  'GET /v1/units': (client) =>
    client.write(json({ units: [{ id: 'services/web', section: 'services', state: 'running', restarts: 2 }] })),
  'GET /v1/boot': (client) => client.write(json(someBoot)),
  'GET /v1/units/web/logs?since=600': (client) => client.write(chunks([junk])),
  'GET /v1/events': (client) => client.write(chunks([event(1).slice(0, 9), event(1).slice(9)])),
  'GET /v1/events?follow=1': (client) => {
    client.write(chunks([event(1)], false));
    setTimeout(() => client.destroy(), 300);
  },
  'POST /v1/units/nobody/stop': (client) =>
    client.write(json({ error: 'no entry is called "nobody"' }, '404 Not Found')),
  'POST /v1/poweroff': (client) => client.write(json({})),
};

const answering: FakeGuestOptions = {
  stale: 'tick 1\r\ntick 2\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n\0tskit 000000000000000000000000\n',
  answer: (request, client) => answers[request]?.(client),
};

describe('tskit ctl', () => {
  const folder = temporaryFolder();
  const runtime = folder.path;
  let guest: FakeGuest;
  const ctl = (...args: readonly string[]): Promise<CliResult> =>
    runTskit(['ctl', ...args], { env: { XDG_RUNTIME_DIR: runtime } });

  beforeAll(async () => {
    guest = await fakeGuest(runtime, 'web', answering);
  });
  afterAll(async () => {
    await guest[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  test('shows a table, whatever the machine still had to say to another client', async () => {
    const { stdout, stderr, exitCode } = await ctl('ps');
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect(stdout).toMatch(/^NAME +STATE [^\n]*\nservices\/web +running +- +2 +-/);
  });

  test('gives programs what the machine answers, as it is', async () => {
    const { stdout } = await ctl('ps', '--json');
    expect(JSON.parse(stdout)).toEqual({ units: [expect.objectContaining({ id: 'services/web', restarts: 2 })] });
    const { stdout: events } = await ctl('events', '--json');
    expect(`${events}\n`).toBe(event(1));
  });

  test('passes logs on byte by byte', async () => {
    const { stdout } = await execa(tskit, ['ctl', 'logs', '--since', '10m', 'web'], {
      env: { XDG_RUNTIME_DIR: runtime },
      encoding: 'buffer',
      stripFinalNewline: false,
    });
    expect([...stdout]).toEqual([...junk]);
  });

  test('puts events together from pieces, and fails when they break off', async () => {
    expect((await ctl('events')).stdout).toBe('[    1.000] services/web: ended: killed by SIGKILL');
    const followed = await ctl('events', '-f');
    expect(followed.stdout).toContain('[    1.000] services/web: ended');
    expect(followed.stderr).toContain('tskit: ctl: machine "web": the answer breaks off\nhint: ');
    expect(followed.exitCode).toBe(1);
  });

  test('tells the boot, and draws it', async () => {
    expect((await ctl('boot')).stdout).toContain('services/web: 1.000 s until healthy');
    expect((await ctl('boot', '--svg')).stdout).toMatch(/^<svg [^]*<\/svg>$/);
  });

  test('commands without a word, and says why the machine does not', async () => {
    expect(await ctl('poweroff')).toMatchObject({ stdout: '', stderr: '', exitCode: 0 });
    expect(guest.requests.at(-1)).toBe('POST /v1/poweroff');
    expect(await ctl('stop', 'nobody')).toMatchObject({
      stdout: '',
      stderr: 'tskit: ctl: machine "web": no entry is called "nobody"\n'.trimEnd(),
      exitCode: 1,
    });
  });

  test('takes the next socket while another client has one, and says when all are in use', async () => {
    const clients = [0, 1, 2].map((index) => connect({ path: join(runtime, 'tskit/web', `${index}.sock`) }));
    const [, , last] = clients;
    await Promise.all(clients.map((client) => new Promise((resolve) => client.once('data', resolve))));
    expect((await ctl('ps')).stderr).toContain('machine "web": all of its 3 sockets are in use by other clients');
    await new Promise((resolve) => last?.destroy().once('close', resolve));
    expect((await ctl('ps')).stdout).toContain('services/web');
    for (const client of clients) client.destroy();
  });

  test('has several clients at once, each with a socket of its own', async () => {
    const all = await Promise.all([ctl('ps'), ctl('ps'), ctl('events', '-f')]);
    expect(all.map(({ exitCode }) => exitCode)).toEqual([0, 0, 1]);
    expect(all[2].stderr).toContain('the answer breaks off');
    expect(readdirSync(join(runtime, 'tskit/web')).sort()).toEqual(['0.sock', '1.sock', '2.sock', 'owner']);
  });

  test('asks which machine, when there are several, and gives one up that does not answer', async () => {
    await using deaf = await fakeGuest(runtime, 'deaf', { isDeaf: true });
    expect(await ctl('ps')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('expected --name, as several machines run: "deaf", "web"'),
    });
    expect((await ctl('--name', 'web', 'ps')).exitCode).toBe(0);
    const { stderr, exitCode } = await ctl('ps', '--name', 'deaf', '--timeout', '0.3');
    expect(stderr).toContain('ctl: machine "deaf": expected an answer within 0.3 s, found none\nhint: it may still be');
    expect(exitCode).toBe(1);
    expect(deaf.requests).toEqual([]);
  });

  test('runs a program: input goes to it, its output and exit code come back', async () => {
    let lines = '';
    await using other = await fakeGuest(runtime, 'other', {
      answer: (request, client) => {
        expect(decodeURIComponent(request)).toBe('POST /v1/units/web/exec?args=["tr","-d","x y"]');
        client.write('HTTP/1.1 101 Switching Protocols\r\n\r\n');
        client.on('data', (text: string) => {
          lines += text;
          if (lines.endsWith('e\n')) client.write('3\r\nout\r\n0\r\nExit-Code: 9\r\n\r\n');
        });
      },
    });
    const args = ['ctl', '--name', 'other', 'exec', '-i', 'web', 'tr', '-d', 'x y'];
    const input = 'ab\n'.repeat(1000);
    const run = await runTskit(args, { env: { XDG_RUNTIME_DIR: runtime }, input });
    expect(run).toMatchObject({ stdout: 'out', stderr: '', exitCode: 9 });
    expect(other.requests).toHaveLength(1);
    const sent = [...lines.matchAll(/^i ([0-9a-f]{1,2048})$/gm)].map(([, digits = '']) => digits).join('');
    expect(Buffer.from(sent, 'hex').toString()).toBe(input);
  });

  test.each([
    [['exec', 'web'], 2, 'expected "exec ENTRY PROGRAM"'],
    [['ps', '--name', 'nobody'], 1, 'ctl: machine "nobody" does not run; "web" does'],
    [[], 2, 'expected what to do, found nothing'],
    [['explode'], 2, 'unknown command "explode"'],
    [['stop'], 2, 'expected the name of an entry after "stop"'],
    [['ps', '--svg'], 2, 'expected --svg with "boot" alone'],
    [['ps', '--timeout', 'x'], 2, '--timeout: expected a number of seconds, found "x"'],
  ])('%j ends with %i', async (args, code, message) => {
    const { stderr, exitCode } = await ctl(...args);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(code);
  });
});

test('tskit ctl says that nothing runs, and does not trust a folder that others can write', async () => {
  using folder = temporaryFolder();
  const env = { XDG_RUNTIME_DIR: folder.path };
  expect((await runTskit(['ctl', 'ps'], { env })).stderr).toContain('ctl: expected a machine that runs, found none');
  mkdirSync(join(folder.path, 'other'));
  chmodSync(join(folder.path, 'tskit'), 0o777);
  expect((await runTskit(['ctl', 'ps'], { env })).stderr).toContain('found one of mode 0777');
});
