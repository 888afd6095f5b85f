// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runTskit } from '../support/cli.ts';
import { type OsWorkplace, osWorkplace } from '../support/os-workplace.ts';

const mebibyte = 1 << 20;
const cli = new URL('../../dist/tskit.cjs', import.meta.url).pathname;

let place: OsWorkplace;
beforeAll(() => {
  place = osWorkplace();
});
afterAll(() => place[Symbol.dispose]());

/** `tskit build` of the workplace with more options. */
async function build(formats: string, ...options: readonly string[]) {
  const [command = '', ...rest] = place.buildArgs({ formats });
  return await runTskit([command, ...options, ...rest]);
}

/** A file of the first partition, as mtools read it. */
function systemFile(disk: string, path: string): Buffer {
  return execFileSync('mcopy', ['-i', `${disk}@@1M`, `::/${path}`, '-'], { maxBuffer: 1 << 30 });
}

describe('raw-efi', () => {
  const disk = () => join(place.out, 'os-efi.img');

  test('is a disk without faults whose system partition has the unified kernel image', async () => {
    const { exitCode, stdout, stderr } = await build('raw-efi,uki');
    expect(exitCode, stderr).toBe(0);
    expect(stdout.split('\n')).toEqual(expect.arrayContaining([disk(), join(place.out, 'os.efi')]));
    expect(stderr).toContain(`next: tskit run ${disk()}`);
    expect(execFileSync('sgdisk', ['--verify', disk()], { encoding: 'utf8' })).toContain('No problems found');
    const size = Number(
      /Partition size: (\d+) sectors/.exec(execFileSync('sgdisk', ['--info=1', disk()], { encoding: 'utf8' }))?.[1],
    );
    const partition = join(place.path, 'esp.img');
    writeFileSync(partition, readFileSync(disk()).subarray(mebibyte, mebibyte + size * 512));
    expect(execFileSync('fsck.vfat', ['-n', partition], { encoding: 'utf8' })).toMatch(/4 files/);
    expect(systemFile(disk(), 'EFI/BOOT/BOOTX64.EFI').equals(readFileSync(join(place.out, 'os.efi')))).toBe(true);
  });

  test('is no larger than its contents need, and takes no more space', async () => {
    await build('raw-efi');
    expect(statSync(disk()).size).toBeLessThan(40 * mebibyte);
    expect(statSync(disk()).blocks * 512).toBeLessThan(2 * mebibyte);
  });

  test('is as large as --size says, when the contents fit', async () => {
    expect(await build('raw-efi', '--size', '100M')).toMatchObject({ exitCode: 0 });
    expect(statSync(disk()).size).toBe(100 * mebibyte);
    expect(execFileSync('sgdisk', ['--verify', disk()], { encoding: 'utf8' })).toContain('No problems found');
    const { exitCode, stderr } = await build('raw-efi', '--size', '20M');
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/--size: expected at least \d\dM for what is in the disk, found 20M/);
    expect(statSync(disk()).size, 'the earlier file is untouched').toBe(100 * mebibyte);
  });

  test('is refused before anything is done where tools are missing, with the packages that bring them', async () => {
    const cache = join(place.path, 'unused');
    const args = place.buildArgs({ formats: 'raw-efi', cache });
    const { status, stderr } = spawnBare(args);
    expect(status).toBe(1);
    expect(stderr).toMatch(/--format raw-efi: expected "mmd" to make folders in a FAT file system, "mcopy" to /);
    expect(stderr).toContain('apt-get install mtools');
    expect(existsSync(cache)).toBe(false);
  });
});

/** The CLI in an environment without any program. */
function spawnBare(args: readonly string[]): { status: number; stderr: string } {
  try {
    execFileSync(process.execPath, [cli, ...args], { env: { PATH: '/nonexistent' }, encoding: 'utf8', stdio: 'pipe' });
    return { status: 0, stderr: '' };
  } catch (error) {
    return error as { status: number; stderr: string };
  }
}
