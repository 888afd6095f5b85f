// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BootFiles } from '../../src/emit/boot-files.ts';
import { DraftFile } from '../../src/emit/draft-file.ts';
import { type Uki, unifiedKernelImage } from '../../src/emit/uki.ts';
import type { Content } from '../../src/file-tree.ts';
import { testContext } from '../support/build-context.ts';
import { efiProgram } from '../support/efi-program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder();
const ctx = testContext(folder.path);
afterAll(() => folder[Symbol.dispose]());

/** Contents of a file, all of it. */
function inFile(name: string, data: Buffer): Content {
  const file = join(folder.path, name);
  writeFileSync(file, data);
  return { kind: 'range', file, offset: 0, size: data.length };
}

function bootFiles(kernel: Buffer, changes: Partial<BootFiles> = {}): BootFiles {
  const initrd = randomBytes(2_500_000);
  return {
    kernel: inFile('kernel', kernel),
    ucode: { kind: 'inline', data: Buffer.from('070701 microcode') },
    initrd: {
      size: initrd.length,
      memoryMiB: 256,
      parts: [inFile('one', initrd.subarray(0, 1003)), inFile('two', initrd.subarray(1003))],
    },
    cmdline: 'console=ttyS0 greeting="hällo"',
    ...changes,
  };
}

describe('a unified kernel image', () => {
  const kernel = efiProgram(randomBytes(1_234_567));
  const file = join(folder.path, 'os.efi');
  let files: BootFiles;
  let uki: Uki;
  beforeAll(async () => {
    files = bootFiles(kernel);
    uki = await unifiedKernelImage(files, ctx);
    const draft = await DraftFile.create(file, `${file}.tmp`);
    await uki.write(draft, ctx);
    await draft.finish();
    await draft.publish();
  });

  /** What binutils read of a section. */
  function section(name: string): Buffer {
    const out = join(folder.path, 'section');
    execFileSync('objcopy', [`--dump-section=${name}=${out}`, file, join(folder.path, 'copy')], { stdio: 'ignore' });
    return readFileSync(out);
  }

  test('has kernel, initrd behind the microcode, and command line, as objcopy reads them', () => {
    expect(section('.linux').equals(kernel)).toBe(true);
    const initrd = ['one', 'two'].map((name) => readFileSync(join(folder.path, name)));
    expect(section('.initrd').equals(Buffer.concat([Buffer.from('070701 microcode'), ...initrd]))).toBe(true);
    expect(section('.cmdline').toString()).toBe('console=ttyS0 greeting="hällo"');
    expect(section('.osrel').toString()).toMatch(/^ID=tskit$/m);
  });

  test('keeps what the stub brings, which has its own entry in .sbat', () => {
    expect(section('.sbat').toString()).toContain('systemd,1');
  });

  test('is as large as it was said to be, and no address of it is used twice', () => {
    expect(readFileSync(file).length).toBe(uki.size);
    const listed = execFileSync('objdump', ['--section-headers', file], { encoding: 'utf8' });
    const ranges = [...listed.matchAll(/^ +\d+ (\S+) +([0-9a-f]{8}) +([0-9a-f]{16})/gm)].map(
      ([, , size = '', address = '']) => [Number.parseInt(address, 16), Number.parseInt(size, 16)] as const,
    );
    expect(ranges.length).toBeGreaterThan(10);
    for (const [index, [address]] of ranges.entries()) {
      const [previous = 0, size = 0] = ranges[index - 1] ?? [];
      expect(address).toBeGreaterThanOrEqual(previous + size);
    }
  });

  test('has the checksum that pefile computes', () => {
    const script =
      'import pefile, sys; pe = pefile.PE(sys.argv[1]); print(pe.OPTIONAL_HEADER.CheckSum == pe.generate_checksum())';
    expect(execFileSync('/usr/bin/python3', ['-c', script, file], { encoding: 'utf8' }).trim()).toBe('True');
  });

  test('has the digest that sbsign signs', () => {
    const [key, certificate] = [join(folder.path, 'key'), join(folder.path, 'certificate')];
    const request = [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-subj',
      '/CN=test',
      '-keyout',
      key,
      '-out',
      certificate,
    ];
    execFileSync('openssl', request, { stdio: 'ignore' });
    const signature = join(folder.path, 'signature');
    const words = ['--key', key, '--cert', certificate, '--detached', '--output', signature, file];
    execFileSync('sbsign', words, { stdio: 'ignore' });
    expect(readFileSync(signature).includes(Buffer.from(uki.authenticode, 'hex'))).toBe(true);
  });
});

describe('a kernel that UEFI cannot start is refused', () => {
  test.each<[string, Buffer, RegExp]>([
    ['text', Buffer.from('a kernel'), /found something else/],
    ['what --decompress-kernel gives', Buffer.from('\u007fELF and so on'), /found an ELF file/],
    ['one for another machine', efiProgram('code', 0xaa64), /found one of machine 0xaa64/],
  ])('%s', async (_, kernel, message) => {
    await expect(unifiedKernelImage(bootFiles(kernel), ctx)).rejects.toMatchObject({
      code: 'format',
      message: expect.stringMatching(message),
    });
  });

  test('none at all', async () => {
    const { kernel, ...without } = bootFiles(efiProgram('code'));
    expect(kernel).toBeDefined();
    await expect(unifiedKernelImage(without, ctx)).rejects.toMatchObject({ code: 'spec' });
  });
});
