// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createSocket } from 'node:dgram';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildForBoot } from '../../support/boot-build.ts';
import { startTskit } from '../../support/cli.ts';
import { Machine } from '../../support/machine.ts';
import { buildProgram } from '../../support/probe.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const spec = new URL('./spec.yml', import.meta.url).pathname;
const kibibyte = 1024;

describe('logs, secrets and a watchdog', () => {
  const folder = temporaryFolder();
  const env = { XDG_RUNTIME_DIR: join(folder.path, 'run') };
  const received: string[] = [];
  const server = createSocket('udp4', (message) => received.push(message.toString()));
  let machine: Machine;

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve));
    mkdirSync(env.XDG_RUNTIME_DIR, { mode: 0o700 });
    await buildProgram('seize.c', join(folder.path, 'seize'));
    // The guest sees it at 10.0.2.2.
    const { port } = server.address();
    const replace = { '10.0.2.2:514': `10.0.2.2:${port}` };
    const { base } = await buildForBoot(spec, folder.path, { replace });
    machine = new Machine([base], ['-fw_cfg', 'name=opt/org.example/token,string=hunter2'], env);
    await machine.waitFor(/checker: end of list|init crashed/, 200_000);
  });
  afterAll(async () => {
    await machine[Symbol.asyncDispose]();
    server.close();
    folder[Symbol.dispose]();
  });

  const numberOf = (pattern: RegExp): number => Number(pattern.exec(machine.console)?.[1]);

  test('a flood does not keep PID 1 from answering, nor makes it grow', () => {
    expect(numberOf(/checker: answered 20 times within (\d+) s/)).toBeLessThan(30);
    expect(numberOf(/checker: grown by (-?\d+) KiB/)).toBeLessThan(1024);
  });

  test('files are bounded, and go on being written', () => {
    const bytes = numberOf(/checker: flood: 3 files, at most (\d+) bytes each, 0 broken lines/);
    expect(bytes).toBeLessThanOrEqual(256 * kibibyte);
    expect(bytes).toBeGreaterThan(128 * kibibyte);
  });

  test('a ring keeps the last lines', () => {
    expect(numberOf(/checker: ring: (\d+) bytes, from line 1\d{4} to line 20000/)).toBeGreaterThan(15 * kibibyte);
  });

  test('JSON lines tell the streams apart', () => {
    expect(machine.console).toMatch(/\{"time":"20[^"]*Z","stream":"stdout","service":"split","text":"to stdout"\}/);
    expect(machine.console).toMatch(/\{"time":"20[^"]*Z","stream":"stderr","service":"split","text":"to stderr"\}/);
  });

  test('what is beyond a rate is counted', () => {
    expect(machine.console).toMatch(/"service":"limited","text":"too much"/);
    expect(machine.console).toMatch(
      /"stream":"tskit","service":"limited","text":"\d+ lines are left out here, more than 20 in 1 s"/,
    );
  });

  test('a syslog server gets lines as RFC 5424 has them', () => {
    expect(received[0]).toMatch(/^<30>1 20\S+Z \S+ remote - - - over the network$/);
  });

  test('a secret has its owner and mode, is read-only in a file system of its own, and nowhere else', () => {
    expect(machine.console).toMatch(/checker: 440 1000:1001\n[^]*checker: hunter2\n/);
    expect(machine.console).toMatch(/can't create \/run\/secrets\/token: Read-only file system/);
    expect(machine.console).toMatch(/checker: touch: \/run\/new: Read-only file system/);
    expect(machine.console).toMatch(
      /checker: (tmpfs|ramfs) \/run\/secrets\/token (tmpfs|ramfs) ro,nosuid,nodev,noexec,/,
    );
    expect(machine.console).toMatch(
      /checker: secrets: 700\n[^]*(tmpfs|ramfs) \/run\/tskit\/secrets (tmpfs|ramfs) rw,nosuid,nodev,noexec,/,
    );
    expect(machine.console).toMatch(/checker: 0\n/);
    expect(machine.console.match(/hunter2/g)).toHaveLength(1);
  });

  test('without its secret a container does not start, loudly', () => {
    expect(machine.console).toMatch(
      /\*\*\* service without: could not be started: secret missing from opt\/org\.example\/missing: the machine has none/,
    );
    expect(machine.console).not.toContain('without must not run');
  });

  test('a full /var loses lines, which is told, and holds nobody up', () => {
    expect(machine.console).toMatch(/checker: answers while var is full/);
    expect(machine.console).toMatch(/\*\*\* log of flood: \d+ lines are lost: (write|openat)[^\n]*: ENOSPC/);
  });

  test('the watchdog, which is softdog here, resets the machine when a critical service is down', async () => {
    expect(machine.console).toMatch(/\*\*\* watchdog: no hardware has \/dev\/watchdog0: the kernel's own is used/);
    await machine.waitFor(
      /\*\*\* watchdog: service heart is ended: NOT FED any more, the machine is reset within 20 s/,
    );
    expect(machine.console).toMatch(/watchdog: \/dev\/watchdog0 restarts the machine 20 s after it was fed last/);
    const before = machine.console.length;
    await machine.waitFor(/init \S+ starts[^]*init \S+ starts[^]*booted in /);
    expect(machine.console.slice(before)).not.toContain('reboot asked for');
  });

  test('it resets a machine whose PID 1 hangs, and lets one go that powers off', async () => {
    await machine.waitFor(/NOT FED[^]*watchdog: \/dev\/watchdog0 restarts/);
    const before = machine.console.length;
    const seize = startTskit(['ctl', 'exec', 'debugger', '/seize', '1'], { env });
    await machine.waitFor(/(?:init \S+ starts[^]*){3}watchdog: \/dev\/watchdog0 restarts/);
    seize.kill('SIGKILL');
    expect(machine.console.slice(before)).not.toMatch(/NOT FED|reboot asked for/);
    expect(await machine.powerOff()).toBe(0);
    expect(machine.console).not.toMatch(/did not stop!|Kernel panic/);
  });
});
