// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readBootMedia } from '../../src/qemu/boot-media.ts';
import { readBootSupport } from '../../src/qemu/firmware-support.ts';
import { copyKernelOf } from '../../src/qemu/image-kernel.ts';
import { runTskit } from '../support/cli.ts';
import { debianKernel } from '../support/debian-kernel.ts';
import { type FakeQemu, fakeQemu } from '../support/fake-qemu.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const rootType = '4f68bce3-e8cd-4db1-96e7-fbcaf984b709';
const folder = temporaryFolder();
const at = (name: string): string => join(folder.path, name);

/** A raw disk of 16 MiB as sgdisk makes it, with boot code when it is for BIOS. */
function makeDisk(name: string, types: readonly string[], hasCode: boolean): string {
  const file = at(name);
  writeFileSync(file, '');
  truncateSync(file, 16 << 20);
  execFileSync('sgdisk', ['-Z', file], { stdio: 'ignore' });
  const partitions = types.flatMap((type, index) => [`-n${index + 1}:0:+1M`, `-t${index + 1}:${type}`]);
  execFileSync('sgdisk', ['-a', '2048', ...partitions, file], { stdio: 'ignore' });
  if (hasCode) writeSync(openSync(file, 'r+'), Buffer.from([0xeb, 0x63]), 0, 2, 0);
  return file;
}

function convert(from: string, to: string, format: string, ...options: readonly string[]): string {
  execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', format, ...options, from, to]);
  return to;
}

beforeAll(() => {
  const both = makeDisk('both.img', ['ef02', 'ef00', rootType], true);
  makeDisk('uefi.img', ['ef00'], false);
  makeDisk('bios.img', ['ef02', '8300'], true);
  convert(both, at('disk.qcow2'), 'qcow2');
  convert(both, at('disk.vmdk'), 'vmdk', '-o', 'subformat=streamOptimized');
  convert(both, at('fixed.vhd'), 'vpc', '-o', 'subformat=fixed,force_size=on');
  convert(both, at('dynamic.vhd'), 'vpc', '-o', 'subformat=dynamic');
  convert(both, at('disk.vhdx'), 'vhdx');
  mkdirSync(at('cd'));
  copyFileSync('/usr/lib/ISOLINUX/isolinux.bin', at('cd/isolinux.bin'));
  writeFileSync(at('cd/efi.img'), Buffer.alloc(1 << 20));
  const bios = ['-b', 'isolinux.bin', '-no-emul-boot', '-boot-load-size', '4', '-boot-info-table'];
  const uefi = ['-e', 'efi.img', '-no-emul-boot'];
  for (const [name, options] of [
    ['bios.iso', bios],
    ['uefi.iso', uefi],
    ['both.iso', [...bios, '-eltorito-alt-boot', ...uefi]],
    ['data.iso', []],
  ] as const)
    execFileSync('xorrisofs', ['-quiet', '-o', at(name), ...options, at('cd')], { stdio: 'ignore' });
  writeFileSync(at('noise'), Buffer.alloc(100_000, 'noise'));
}, 60_000);

afterAll(() => folder[Symbol.dispose]());

describe('what an image is, is read from its bytes', () => {
  test.each([
    ['both.img', 'disk', 'raw'],
    ['disk.qcow2', 'disk', 'qcow2'],
    ['disk.vmdk', 'disk', 'vmdk'],
    ['fixed.vhd', 'disk', 'vpc'],
    ['dynamic.vhd', 'disk', 'vpc'],
    ['disk.vhdx', 'disk', 'vhdx'],
    ['both.iso', 'iso', 'raw'],
  ])('%s is a %s in format %s', async (name, kind, format) => {
    expect(await readBootMedia(at(name))).toEqual({ kind, format });
  });

  test('an EFI program is one, and noise is nothing', async () => {
    expect(await readBootMedia('/usr/lib/systemd/boot/efi/linuxx64.efi.stub')).toEqual({ kind: 'efi', format: 'raw' });
    expect(await readBootMedia(at('noise'))).toBeUndefined();
  });

  test.each([
    ['both.img', ['bios', 'uefi'], true],
    ['uefi.img', ['uefi'], false],
    ['bios.img', ['bios'], false],
    ['fixed.vhd', ['bios', 'uefi'], true],
    ['bios.iso', ['bios'], false],
    ['uefi.iso', ['uefi'], false],
    ['both.iso', ['bios', 'uefi'], false],
    ['data.iso', [], false],
  ])('%s boots with %j', async (name, firmware, hasRoot) => {
    const media = await readBootMedia(at(name));
    const support = media && (await readBootSupport(at(name), media));
    expect([...(support?.firmware ?? [])].sort()).toEqual(firmware);
    expect(support?.hasRoot).toBe(hasRoot);
  });

  test('the kernel in it is found, to the byte that its header says', async () => {
    const { root, release } = await debianKernel(folder.path);
    const kernel = join(root, `boot/vmlinuz-${release}`);
    const image = at('with-kernel.img');
    copyFileSync(at('uefi.img'), image);
    const fd = openSync(image, 'r+');
    writeSync(fd, readFileSync(kernel), 0, statSync(kernel).size, (3 << 20) + 512);
    expect(await copyKernelOf(image, at('kernel-copy'))).toBe(true);
    const copy = readFileSync(at('kernel-copy'));
    expect(copy.equals(readFileSync(kernel).subarray(0, copy.length))).toBe(true);
    expect(statSync(kernel).size - copy.length).toBeLessThan(64 << 10);
    expect(await copyKernelOf(at('uefi.img'), at('none'))).toBe(false);
  });
});

/** The arguments that QEMU was started with for an image. */
async function argsOf(qemu: FakeQemu, ...args: readonly string[]): Promise<readonly string[]> {
  const { exitCode, stderr } = await runTskit(['run', '--accel', 'tcg', ...args], { env: qemu.env });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return qemu.args();
}

const codeOf = (args: readonly string[]): string | undefined => args.find((arg) => arg.startsWith('if=pflash,unit=0'));

describe('an image is booted', () => {
  test('by BIOS when it can, as a disk of its format', async () => {
    using qemu = fakeQemu('exit 0');
    const args = await argsOf(qemu, at('both.img'));
    expect(args).toContain(`if=none,id=boot,format=raw,file=${at('both.img')}`);
    expect(codeOf(args)).toBeUndefined();
    expect(args).not.toContain('-kernel');
  });

  test('by UEFI when it must or is asked to, with variables of this run alone', async () => {
    using qemu = fakeQemu('cp "$(sed -n "s/^if=pflash,unit=1,format=raw,file=//p" "$0.args")" "$0.vars"');
    const before = readFileSync('/usr/share/OVMF/OVMF_VARS_4M.fd');
    for (const args of [await argsOf(qemu, at('uefi.img')), await argsOf(qemu, '--uefi', at('both.img'))]) {
      expect(codeOf(args)).toBe('if=pflash,unit=0,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd');
      const variables = args.find((arg) => arg.startsWith('if=pflash,unit=1'))?.split('file=')[1] ?? '';
      expect(readFileSync(`${qemu.program}.vars`).equals(before)).toBe(true);
      expect(existsSync(variables)).toBe(false);
    }
  });

  test('with variables that are kept, when a file is named', async () => {
    using qemu = fakeQemu(
      'printf kept | dd conv=notrunc status=none of="$(sed -n "s/^if=pflash,unit=1,format=raw,file=//p" "$0.args")"',
    );
    const variables = at('kept.fd');
    await argsOf(qemu, '--vars', variables, at('uefi.img'));
    await argsOf(qemu, '--vars', variables, at('uefi.img'));
    expect(readFileSync(variables).toString('latin1', 0, 4)).toBe('kept');
  });

  test('as a CD when it is an ISO, and without being written with --snapshot', async () => {
    using qemu = fakeQemu('exit 0');
    expect(await argsOf(qemu, '--iso', at('both.iso'))).toContain('scsi-cd,bus=bootscsi.0,drive=boot,bootindex=0');
    const disk = `if=none,id=boot,format=qcow2,file=${at('disk.qcow2')},snapshot=on`;
    expect(await argsOf(qemu, '--snapshot', at('disk.qcow2'))).toContain(disk);
  });

  test('when it is an EFI program, from a system partition made of it', async () => {
    using qemu = fakeQemu(
      'folder=$(sed -n "s/^if=none,id=boot,format=raw,file=fat:\\(.*\\),readonly=on/\\1/p" "$0.args"); cmp "$folder/EFI/BOOT/BOOTX64.EFI" /usr/lib/systemd/boot/efi/linuxx64.efi.stub',
    );
    const program = at('os.efi');
    copyFileSync('/usr/lib/systemd/boot/efi/linuxx64.efi.stub', program);
    expect(codeOf(await argsOf(qemu, program))).toBeDefined();
  });

  test('by its base name when it is the only one', async () => {
    using qemu = fakeQemu('exit 0');
    copyFileSync(at('bios.img'), at('alone-bios.img'));
    expect((await argsOf(qemu, at('alone'))).join(' ')).toContain(`file=${at('alone-bios.img')}`);
    copyFileSync(at('uefi.img'), at('alone-efi.img'));
    const { exitCode, stderr } = await runTskit(['run', '--accel', 'tcg', at('alone')], { env: qemu.env });
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`found "${at('alone-efi.img')}", "${at('alone-bios.img')}"\nhint: name one of them`);
  });

  test('with a TPM of its own that is gone after it, or one that is kept', async () => {
    using qemu = fakeQemu('test -S "$(sed -n "s/^socket,id=tpm,path=//p" "$0.args")"');
    expect(await argsOf(qemu, '--tpm', at('both.img'))).toContain('tpm-tis,tpmdev=tpm0');
    await argsOf(qemu, '--tpm-state', at('tpm-state'), at('both.img'));
    expect(existsSync(at('tpm-state'))).toBe(true);
  });

  test('with Secure Boot by the variables beside it, and not without', async () => {
    using qemu = fakeQemu('exit 0');
    copyFileSync(at('uefi.img'), at('signed-efi.img'));
    const { exitCode, stderr } = await runTskit(['run', '--accel', 'tcg', '--secure-boot', at('signed-efi.img')], {
      env: qemu.env,
    });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('--secure-boot: expected firmware variables with keys, found none\nhint: build with');
    copyFileSync('/usr/share/OVMF/OVMF_VARS_4M.fd', at('signed-vars.fd'));
    const args = await argsOf(qemu, '--secure-boot', at('signed-efi.img'));
    expect(codeOf(args)).toContain('OVMF_CODE_4M.secboot.fd');
    expect(args).toContain('q35,accel=tcg,smm=on');
  });
});

describe('what cannot be is said before anything starts', () => {
  test.each([
    [['--uefi', 'bios.img'], 'expected what UEFI boots, found what BIOS boots'],
    [['--bios', 'uefi.img'], 'expected what BIOS boots, found what UEFI boots'],
    [['data.iso'], 'found no boot loader and no system partition'],
    [['--iso', 'both.img'], '--iso: expected an ISO image, found a raw disk'],
    [['--bios', '--uefi', 'both.img'], '--bios and --uefi: expected one firmware, found both'],
    [['--fw', 'one', 'both.img'], '--fw "one": expected CODE:VARS'],
    [['--machine', 'pc', '--uefi', 'both.img'], 'expected q35 for UEFI firmware, found "pc"'],
    [['noise'], 'expected a disk, an ISO or an EFI program, found neither'],
  ])('%j', async (args, message) => {
    using qemu = fakeQemu('exit 0');
    const given = [...args.slice(0, -1), at(args.at(-1) ?? '')];
    const { exitCode, stderr } = await runTskit(['run', '--accel', 'tcg', ...given], { env: qemu.env });
    expect(stderr).toContain(message);
    expect(exitCode).toBe(2);
  });
});
