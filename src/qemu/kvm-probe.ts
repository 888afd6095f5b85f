// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { spawn } from 'node:child_process';
import { access, constants, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withParentDeathSignal } from './parent-death.ts';

/** Whether KVM runs a guest here, and how that is known. */
export interface KvmVerdict {
  readonly usable: boolean;
  readonly reason: string;
}

const probeTimeoutMs = 5_000;
const kvmDevice = '/dev/kvm';

/**
 * Proves KVM by running a guest, because /dev/kvm may exist and open while every kernel in it hangs or QEMU aborts (nested
 * and cloud hosts; there real-mode firmware still runs, so nothing smaller than a kernel proves it). The guest is the kernel
 * that is to boot, without a root: it panics, restarts at once (`panic=-1`) and so ends QEMU, in about a second on a real
 * KVM; `findKernel` is asked only when no verdict is known. The verdict is kept in `cacheDir` until the machine reboots or QEMU changes.
 */
export async function probeKvm(
  qemu: string,
  findKernel: () => Promise<string | undefined>,
  cacheDir: string,
  signal: AbortSignal,
  device: string = kvmDevice,
): Promise<KvmVerdict> {
  const problem = await access(device, constants.R_OK | constants.W_OK).then(
    () => undefined,
    (error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? 'does not exist' : 'may not be opened by this user'),
  );
  if (problem !== undefined) return { usable: false, reason: `${device} ${problem}` };
  const key = await probeKey(qemu);
  const file = join(cacheDir, 'kvm-probe.json');
  const kept = await readVerdict(file, key);
  if (kept !== undefined) return kept;
  const kernel = await findKernel();
  if (kernel === undefined) return { usable: false, reason: 'no kernel was found in the image to prove it with' };
  const verdict = await runProbe(qemu, kernel, 'kvm', probeTimeoutMs, signal);
  signal.throwIfAborted();
  await keepVerdict(file, key, verdict);
  return verdict;
}

/** Runs the probe's guest with any accelerator; exported so that a test can prove the guest itself under TCG. */
export async function runProbe(
  qemu: string,
  kernel: string,
  accel: 'kvm' | 'tcg',
  timeoutMs: number,
  signal: AbortSignal,
): Promise<KvmVerdict> {
  // biome-ignore format: one option a line would hide that it is one machine
  const [program, ...args] = await withParentDeathSignal([
    qemu, '-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-machine', `q35,accel=${accel}`,
    '-cpu', accel === 'kvm' ? 'host' : 'max', '-m', '256M', '-kernel', kernel, '-append', 'panic=-1 quiet no_timer_check',
  ]);
  return await new Promise((resolve) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      signal,
    });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(0, 500);
    });
    child.on('error', (error) => resolve({ usable: false, reason: error.message }));
    child.on('close', (code, killedBy) => {
      if (code === 0) return resolve({ usable: true, reason: 'a probe guest ran' });
      const hung = `a probe guest did not end within ${timeoutMs / 1000} s`;
      const why = killedBy === 'SIGKILL' ? hung : firstLine(errors);
      resolve({ usable: false, reason: why || `the probe guest ended with ${code ?? killedBy}` });
    });
  });
}

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').replace(/^qemu-system-\w+: /, '').trim();
}

async function probeKey(qemu: string): Promise<string> {
  const bootId = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  const binary = await stat(qemu).catch(() => undefined);
  return [bootId.trim(), qemu, binary?.mtimeMs, process.getuid?.()].join(' ');
}

async function readVerdict(file: string, key: string): Promise<KvmVerdict | undefined> {
  try {
    const kept = JSON.parse(await readFile(file, 'utf8')) as { key: string; verdict: KvmVerdict };
    return kept.key === key ? kept.verdict : undefined;
  } catch {
    return undefined;
  }
}

/** A cache that cannot be written costs the next run a probe, nothing else. */
async function keepVerdict(file: string, key: string, verdict: KvmVerdict): Promise<void> {
  const temporary = `${file}.${process.pid}`;
  try {
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(temporary, `${JSON.stringify({ key, verdict })}\n`);
    await rename(temporary, file);
  } catch {
    await rm(temporary, { force: true }).catch(() => {});
  }
}
