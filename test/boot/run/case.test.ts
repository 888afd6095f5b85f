// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildForBoot } from '../../support/boot-build.ts';
import { runTskit } from '../../support/cli.ts';
import { Machine } from '../../support/machine.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const bootLimitMs = 60_000;
const spec = new URL('./spec.yml', import.meta.url).pathname;

describe('a session with a real guest', () => {
  const folder = temporaryFolder();
  let base = '';
  beforeAll(async () => {
    ({ base } = await buildForBoot(spec, folder.path));
  });
  afterAll(() => folder[Symbol.dispose]());

  test('goes on through a reboot and a burst of junk, and ends with 0 when the guest powers itself off', async () => {
    await using machine = new Machine([base]);
    await machine.waitFor(/\nlistening/);
    machine.type('word\n');
    await machine.waitFor(/heard word/);
    machine.type('babble\n');
    await machine.waitFor(/end of babble/);
    machine.type('again\n');
    await machine.waitFor(/listening[\s\S]*reboot: Restarting system[\s\S]*\nlistening/);
    machine.type('off\n');
    expect(await machine.ended()).toBe(0);
    expect(machine.console).toContain('reboot: Power down');
    expect(machine.console).not.toMatch(/Kernel panic/);
  });

  test('is what the command that --print prints boots too, until Ctrl-C', async () => {
    const { stdout } = await runTskit(['run', '--print', '--accel', 'tcg', base]);
    const child = spawn('sh', ['-c', `exec ${stdout}`], { stdio: ['pipe', 'pipe', 'ignore'] });
    const ended = new Promise<string>((resolve) => {
      child.once('close', (code, signal) => resolve(`${code ?? signal}`));
    });
    let output = '';
    const booted = new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        if (output.includes('listening')) resolve();
      });
    });
    try {
      await Promise.race([booted, ended, sleep(bootLimitMs, undefined, { ref: false })]);
      expect(output).toContain('listening');
      child.kill('SIGINT');
      expect(await ended).toBe('0');
    } finally {
      child.kill('SIGKILL');
    }
  });
});
