// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runTskit } from '../support/cli.ts';
import { qemuImg } from '../support/disk-images.ts';
import { type OsWorkplace, osWorkplace } from '../support/os-workplace.ts';

const mebibyte = 1 << 20;
const conversions: readonly (readonly [suffix: string, format: string])[] = [
  ['-azure.vhd', 'vpc'],
  ['.vhd', 'vpc'],
  ['.vhdx', 'vhdx'],
  ['.vmdk', 'vmdk'],
  ['-openstack.qcow2', 'qcow2'],
];

let place: OsWorkplace;
beforeAll(() => {
  place = osWorkplace();
});
afterAll(() => place[Symbol.dispose]());

async function build(formats: string, ...options: readonly string[]) {
  const [command = '', ...rest] = place.buildArgs({ formats });
  const result = await runTskit([command, ...options, ...rest]);
  expect(result.exitCode, result.stderr).toBe(0);
  return result;
}

describe('the disk for machines of others', () => {
  const path = (suffix: string) => join(place.out, `os${suffix}`);
  beforeAll(async () => {
    await build('aws,azure,vhd,vhdx,vmdk,openstack,gcp', '--size', '150M');
  });

  test.each(conversions)('is the same in NAME%s as in NAME.raw', (suffix, format) => {
    expect(JSON.parse(qemuImg('info', '-f', format, '--output=json', path(suffix)))).toMatchObject({
      'virtual-size': 150 * mebibyte,
    });
    expect(qemuImg('compare', '-f', 'raw', '-F', format, path('.raw'), path(suffix))).toContain('identical');
  });

  test('is without faults, and has a partition for each firmware', () => {
    const said = execFileSync('sgdisk', ['--verify', '--print', path('.raw')], { encoding: 'utf8' });
    expect(said).toContain('No problems found');
    expect(said).toMatch(/ EF00 +ESP\n.* EA00 +boot\n/);
  });

  test('is as long as Google wants it in gcp, with its second table at the end', () => {
    execFileSync('tar', ['--extract', '--sparse', '--file', path('.img.tar.gz'), '--directory', place.path]);
    const disk = join(place.path, 'disk.raw');
    expect(statSync(disk).size).toBe(1024 * mebibyte);
    expect(statSync(disk).blocks * 512).toBeLessThan(20 * mebibyte);
    expect(execFileSync('sgdisk', ['--verify', disk], { encoding: 'utf8' })).toContain('No problems found');
  });

  test('leaves no disk behind that was not asked for', async () => {
    const before = readdirSync(place.out).sort();
    await build('vhdx');
    expect(readdirSync(place.out).sort()).toEqual(before);
  });
});
