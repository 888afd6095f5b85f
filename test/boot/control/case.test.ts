// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BootTimes, UnitSummary } from '../../../init/contract/status.ts';
import { buildForBoot } from '../../support/boot-build.ts';
import { runTskit, tskit } from '../../support/cli.ts';
import { Machine } from '../../support/machine.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const spec = new URL('./spec.yml', import.meta.url).pathname;

describe('a machine that is commanded from the host', () => {
  const folder = temporaryFolder();
  const runtime = join(folder.path, 'run');
  const env = { XDG_RUNTIME_DIR: runtime };
  const monitor = join(folder.path, 'monitor');
  let machine: Machine;

  async function ctl(...args: readonly string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await runTskit(['ctl', '--timeout', '60', ...args], { env });
    expect(exitCode, stderr).toBe(0);
    return stdout;
  }

  /** `tskit ctl` that goes on until it is ended; `until` waits for what it prints. */
  function follow(...args: readonly string[]) {
    const child = execa(tskit, ['ctl', '--timeout', '60', ...args], {
      env,
      reject: false,
      buffer: false,
      stdin: 'ignore',
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    return {
      async until(pattern: RegExp): Promise<void> {
        for (let waits = 600; !pattern.test(output); waits--) {
          if (waits === 0) throw new Error(`no ${pattern} in ${output.slice(-2000)}\n${machine.console}`);
          await sleep(100);
        }
      },
      async ended(): Promise<number | undefined> {
        return (await child).exitCode;
      },
      async end(signal: NodeJS.Signals): Promise<void> {
        child.kill(signal);
        await child;
      },
    };
  }

  beforeAll(async () => {
    mkdirSync(runtime, { mode: 0o700 });
    const { base } = await buildForBoot(spec, folder.path);
    machine = new Machine([base], ['-monitor', `unix:${monitor},server=on,wait=off`], env);
    await machine.waitFor(/booted in/);
  });
  afterAll(async () => {
    await machine[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  test('tells what runs, for people and for programs', async () => {
    expect(await ctl('ps')).toMatch(/^NAME +STATE +HEALTH[^]*\nservices\/slow +running +healthy +0 /);
    const { units } = JSON.parse(await ctl('ps', '--json')) as { units: UnitSummary[] };
    expect(units.map(({ id, state }) => `${id} ${state}`)).toEqual([
      'onboot/000-first exited',
      'services/slow running',
      'services/web running',
      'services/ticker running',
      'services/flood running',
      'services/admin running',
    ]);
    expect(await ctl('logs', 'first')).toBe('first was here');
  });

  test('tells what the boot hung on', async () => {
    expect(await ctl('boot')).toMatch(
      /critical path:\n {2}onboot\/000-first: .* until ended\n {2}services\/slow: .* until healthy\n {2}services\/web: .* until started$/,
    );
    const times = JSON.parse(await ctl('boot', '--json')) as BootTimes;
    const slow = times.units.find(({ id }) => id === 'services/slow');
    expect((slow?.healthyAt ?? 0) - (slow?.runningAt ?? 0)).toBeGreaterThan(1.5);
    expect(await ctl('boot', '--svg')).toMatch(/^<svg xmlns[^]*services\/slow[^]*<\/svg>$/);
  });

  test('has a log followed while others ask and command', async () => {
    const log = follow('logs', '-f', 'ticker');
    await log.until(/tick \d+\n/);
    const before = JSON.parse(await ctl('inspect', 'ticker', '--json')) as UnitSummary;
    await ctl('restart', 'ticker');
    const after = JSON.parse(await ctl('inspect', 'ticker', '--json')) as UnitSummary;
    expect(after).toMatchObject({ state: 'running', restarts: 1 });
    expect(after.pid).not.toBe(before.pid);
    await log.until(/tick 1\n[^]*tick 1\n[^]*tick 2\n/);
    await log.end('SIGINT');
  });

  test('runs programs in containers, with what they read, write and come to', async () => {
    const input = 'some words\n'.repeat(2000);
    const args = ['ctl', 'exec', '--timeout', '60', '-i', 'web', '--', 'sh', '-c', 'wc; exit 5'];
    const counted = await runTskit(args, { env, input });
    expect(counted.stdout.trim().split(/\s+/)).toEqual(['2000', '4000', '22000']);
    expect(counted.exitCode).toBe(5);
    expect(await ctl('exec', '-t', 'web', 'tty')).toMatch(/^\/dev\/pts\/\d+\r?$/);
    const sleeper = follow('exec', 'web', '--', 'sh', '-c', 'echo here; exec sleep 4321');
    await sleeper.until(/here/);
    expect(await ctl('exec', 'web', 'ps')).toContain('sleep 4321');
    await sleeper.end('SIGKILL');
    expect(await ctl('exec', 'web', 'ps')).not.toContain('sleep 4321');
  });

  test('does in the machine what it does from the host', async () => {
    const inside = (input: string, ...words: readonly string[]) =>
      runTskit(['ctl', 'exec', '--timeout', '60', '-i', 'admin', '--', 'tsctl', ...words], { env, input });
    expect((await inside('', 'ps')).stdout).toMatch(/\nservices\/web +running/);
    expect((await inside('', 'boot')).stdout).toContain('critical path:');
    const numbers = Array.from({ length: 5000 }, (_, index) => `${index}\n`).join('');
    const copied = await inside(numbers, 'exec', '-i', 'web', 'sh', '-c', 'cat; exit 6');
    expect(`${copied.stdout}\n`).toBe(numbers);
    expect(copied.exitCode).toBe(6);
    expect((await inside('', 'exec', '-t', 'web', 'tty')).stdout).toMatch(/^\/dev\/pts\/\d+\r?$/);
    expect(await inside('', 'exec', 'web', 'nope')).toMatchObject({
      exitCode: 1,
      stdout: expect.stringMatching(/^tsctl: PID 1: .*"nope": executable file not found/),
    });
    expect((await inside('', 'exec', 'web')).exitCode).toBe(2);
  });

  test('forgets clients that vanish, and serves the next at once', async () => {
    await ctl('kill', '-s', 'USR1', 'flood');
    for (let times = 0; times < 5; times++) {
      const log = follow('logs', '-f', 'flood');
      await log.until(/flood\n/);
      await log.end('SIGKILL');
      expect(await ctl('status')).toMatch(/^running/);
    }
    await ctl('stop', 'flood');
  });

  test('refuses a further client while all sockets are in use, and takes it afterwards', async () => {
    const logs = [1, 2, 3].map(() => follow('events', '-f'));
    for (const log of logs) await log.until(/services\/web: started/);
    const { exitCode, stderr } = await runTskit(['ctl', 'ps'], { env });
    expect(stderr).toMatch(/all of its 3 sockets are in use/);
    expect(exitCode).toBe(1);
    for (const log of logs) await log.end('SIGTERM');
    expect(await ctl('ps')).toContain('services/web');
  });

  test('answers whoever speaks HTTP', async () => {
    const socket = join(runtime, 'tskit/spec/0.sock');
    const { stdout } = await execa('curl', ['-s', '-m', '60', '--unix-socket', socket, 'http://tskit/v1/status']);
    expect(JSON.parse(stdout)).toMatchObject({ version: 1, onboot: [{ name: 'first', exitCode: 0 }] });
  });

  test('breaks off with clients when it starts anew, and answers others then', async () => {
    const events = follow('events', '-f');
    await events.until(/services\/web: started/);
    await ctl('reboot');
    expect(await events.ended()).toBe(1);
    const ps = await ctl('ps');
    expect(ps).toMatch(/services\/ticker +(waiting|running) +- +0 /);
    await machine.waitFor(/booted in[^]*booted in/);
  });

  test('starts anew in order when somebody presses Ctrl-Alt-Del', async () => {
    const keyboard = createConnection(monitor);
    keyboard.end('sendkey ctrl-alt-delete\n');
    await once(keyboard.resume(), 'close');
    await machine.waitFor(/asked for by a signal\n[^]*booted in/);
    expect(machine.console).toContain('tskit: reboot asked for by a signal\n');
  });

  test('powers off, and leaves nothing in the folder', async () => {
    await ctl('poweroff');
    expect(await machine.ended()).toBe(0);
    expect(existsSync(join(runtime, 'tskit/spec'))).toBe(false);
    const { stderr } = await runTskit(['ctl', 'ps'], { env });
    expect(stderr).toContain('expected a machine that runs, found none');
  });
});
