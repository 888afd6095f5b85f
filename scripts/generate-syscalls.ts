// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Writes seccomp/generated/syscall-table.ts from the kernel's headers for user space, which are Debian's linux-libc-dev as
// seccomp/syscall-headers.json pins it.
//
//     node scripts/generate-syscalls.ts [PACKAGE.deb]      downloads the package when none is given

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import headers from '../seccomp/syscall-headers.json' with { type: 'json' };
import { TskitError } from '../src/errors.ts';
import { withDebianApt } from './debian-apt.ts';
import { syscallNumbersOf, syscallTable } from './syscall-headers.ts';

const output = resolve(import.meta.dirname, '../seccomp/generated/syscall-table.ts');
const uapi = 'usr/lib/linux/uapi';

/** Interface -> the headers that have its numbers. The order is that of the columns. */
const sources: Readonly<Record<string, readonly string[]>> = {
  x86_64: ['x86/asm/unistd_64.h'],
  x86: ['x86/asm/unistd_32.h'],
  x32: ['x86/asm/unistd_x32.h'],
  aarch64: ['arm64/asm/unistd_64.h'],
  arm: ['arm/asm/unistd-eabi.h', 'arm/asm/unistd.h'],
};

async function download(folder: string): Promise<string> {
  const name = `${headers.package}=${headers.version}`;
  const wanted = {
    suite: headers.suite,
    kind: 'deb',
    purpose: `the package ${name}`,
    hint: 'give the package file as an argument, or bring seccomp/syscall-headers.json up to date',
  } as const;
  await withDebianApt(folder, wanted, (apt) => apt('apt-get', ['download', name], folder));
  const found = readdirSync(folder).find((file) => file.endsWith('.deb'));
  if (found === undefined) throw new TskitError('package', `downloading ${name}: apt-get left no file`);
  return join(folder, found);
}

function verify(file: string): void {
  const found = createHash('sha256').update(readFileSync(file)).digest('hex');
  if (found !== headers.sha256)
    throw new TskitError('digest', `verifying "${file}": expected sha256 ${headers.sha256}, found ${found}`);
}

function table(folder: string): string {
  const columns = Object.entries(sources).map(([name, files]) => {
    const texts = files.map((file) => readFileSync(join(folder, uapi, file), 'utf8'));
    return [name, syscallNumbersOf(texts.join('\n'))] as const;
  });
  return syscallTable(columns, `${headers.package} ${headers.version} of Debian's ${headers.suite}`);
}

const work = mkdtempSync(join(tmpdir(), 'tskit-syscalls-'));
try {
  const file = process.argv[2] ?? (await download(work));
  verify(file);
  const unpacked = join(work, 'unpacked');
  mkdirSync(unpacked);
  execFileSync('dpkg-deb', ['-x', file, unpacked]);
  writeFileSync(output, table(unpacked));
} catch (error) {
  if (!(error instanceof TskitError)) throw error;
  process.stderr.write(
    `generate-syscalls: ${error.message}\n${error.hint === undefined ? '' : `hint: ${error.hint}\n`}`,
  );
  process.exitCode = 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}
