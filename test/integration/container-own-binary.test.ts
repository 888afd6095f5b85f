// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The class of CVE-2019-5736: a container gets the runtime to run itself, keeps its binary open through /proc/PID/exe and
// writes into it as soon as nobody runs it any more. The attacker here is root of the host, who may do all that a container
// may. Who prints into a full pipe waits, which gives the attacker the time.

import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  openSync,
  readFileSync,
  readSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { baseConfig, makeBundle, tsrun } from '../support/container-bundle.ts';
import { buildProbe } from '../support/probe.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

const folder = temporaryFolder();
const probe = join(folder.path, 'probe');
const fullPipe = join(folder.path, 'full');
let pipe = -1;

beforeAll(async () => {
  await buildProbe(probe);
  execFileSync('mkfifo', [fullPipe]);
  pipe = openSync(fullPipe, constants.O_RDWR | constants.O_NONBLOCK);
});
afterAll(() => {
  closeSync(pipe);
  folder[Symbol.dispose]();
});

function fill(): void {
  for (;;)
    try {
      writeSync(pipe, Buffer.alloc(4096));
    } catch {
      return;
    }
}

function drain(): void {
  readSync(pipe, Buffer.alloc(1 << 20));
}

/** The process is inside write(2) on descriptor 1 (proc_pid_syscall(5); the call's number is 1 on x86_64, 64 on arm64). */
function printsInVain(pid: number): boolean {
  return /^(1|64) 0x1 /.test(readFileSync(`/proc/${pid}/syscall`, 'utf8'));
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
}

/** Starts a program that prints, and gives what writing into the binary of the process that prints comes to. */
async function attack(program: string, args: readonly string[], printer: (pid: number) => number): Promise<string> {
  fill();
  const output = openSync(fullPipe, 'w');
  const child = spawn(program, args, { stdio: ['ignore', output, 'inherit'] });
  closeSync(output);
  const started = child.pid ?? -1;
  try {
    await until('the program prints', () => printer(started) > 0 && printsInVain(printer(started)));
    const held = openSync(`/proc/${printer(started)}/exe`, 'r');
    drain();
    const outcome = await overwrite(`/proc/self/fd/${held}`);
    closeSync(held);
    return outcome;
  } finally {
    child.kill('SIGKILL');
  }
}

/** "written", or why not; a binary that still runs (ETXTBSY) may become free. */
async function overwrite(path: string): Promise<string> {
  for (let attempts = 0; attempts < 200; attempts += 1)
    try {
      const fd = openSync(path, 'r+');
      writeSync(fd, 'overwritten');
      closeSync(fd);
      return 'written';
    } catch (error) {
      const { code = 'no code' } = error as NodeJS.ErrnoException;
      if (code !== 'ETXTBSY') return code;
      await sleep(20);
    }
  return 'ETXTBSY';
}

const itself = (pid: number): number => pid;
const itsChild = (pid: number): number => childrenOf(pid)[0] ?? -1;

describe("the runtime's own binary", () => {
  test('would be overwritten by this attack if it ran from its file', async () => {
    const copy = join(folder.path, 'tsctl');
    copyFileSync(tsrun, copy);
    expect(await attack(copy, ['--help'], itself)).toBe('written');
    expect(readFileSync(copy, 'latin1').slice(0, 11)).toBe('overwritten');
  });

  test('cannot be written through a container that makes the runtime run itself', async () => {
    await using bundle = await makeBundle(probe);
    const evil = join(bundle.rootfs, 'evil');
    writeFileSync(evil, '#!/proc/self/exe --version\n');
    chmodSync(evil, 0o755);
    const config = baseConfig();
    const namespaces = [{ type: 'mount' }] as const;
    await bundle.write({
      ...config,
      process: { ...config.process, args: ['/evil'] },
      linux: { namespaces },
    });
    const before = readFileSync(tsrun);
    expect(await attack(tsrun, bundle.words('run'), itsChild)).toBe('EROFS');
    expect(readFileSync(tsrun).equals(before)).toBe(true);
  });

  for (const command of ['create', 'run', 'exec'])
    test(`cannot be written while it does ${command}`, async () => {
      expect(await attack(tsrun, ['--version', command], itself)).toBe('EROFS');
    });

  test('is a sealed copy where there is no privilege to mount', async () => {
    const args = ['--bounding-set', '-sys_admin', '--inh-caps', '-sys_admin', tsrun, '--version', 'run'];
    expect(await attack('setpriv', args, itself)).toBe('EPERM');
  });

  test('keeps the name that the program was called by', async () => {
    const { stdout } = await execa({ argv0: 'docker-runc' })(tsrun, ['--version', 'run']);
    expect(stdout).toMatch(/^tsrun version /);
  });

  test('is not run unprotected without /proc', async () => {
    const script = 'umount -l /proc && exec "$1" --version run';
    const { exitCode, stderr } = await execa('unshare', ['--mount', 'sh', '-c', script, 'sh', tsrun], {
      reject: false,
    });
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: "tsrun: protect the runtime's own binary from containers: readlink /proc/self/exe: ENOENT",
    });
  });
});
