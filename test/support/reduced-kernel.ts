// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openStore } from '../../src/oci/store.ts';
import { runTskit } from './cli.ts';

/** The least kernel that runs a program of an initramfs and prints to a serial port: a tenth of what a usual one takes to compile. */
export const reducedFragment = `# Machine
CONFIG_64BIT=y
CONFIG_PRINTK=y

# Console
CONFIG_TTY=y
CONFIG_SERIAL_8250=y
CONFIG_SERIAL_8250_CONSOLE=y
# CONFIG_VT is not set
# CONFIG_UNIX98_PTYS is not set
# CONFIG_LEGACY_PTYS is not set

# Programs
CONFIG_BLK_DEV_INITRD=y
CONFIG_BINFMT_ELF=y

# What would only take time to compile
# CONFIG_INPUT is not set
# CONFIG_HID_SUPPORT is not set
# CONFIG_SERIO is not set
# CONFIG_RD_GZIP is not set
# CONFIG_RD_BZIP2 is not set
# CONFIG_RD_LZMA is not set
# CONFIG_RD_XZ is not set
# CONFIG_RD_LZO is not set
# CONFIG_RD_LZ4 is not set
# CONFIG_RD_ZSTD is not set
CONFIG_PROCESSOR_SELECT=y
# CONFIG_CPU_SUP_HYGON is not set
# CONFIG_CPU_SUP_CENTAUR is not set
# CONFIG_CPU_SUP_ZHAOXIN is not set
`;

/** Writes the fragment into a folder and returns its path. */
export function writeReducedFragment(folder: string): string {
  const file = join(folder, 'reduced.config');
  writeFileSync(file, reducedFragment);
  return file;
}

/** What `tskit kernel build --json` prints at its end. */
export interface BuiltKernelEvent {
  readonly reference: string;
  readonly digest: string;
  readonly release: string;
  readonly source: { readonly name: string; readonly version: string; readonly sha256: string };
  readonly cached: boolean;
  readonly stdout: string;
}

/** Builds it; the error has all that the command said. */
export async function buildReducedKernel(fragment: string, cache: string): Promise<BuiltKernelEvent> {
  const args = ['kernel', 'build', '--tiny', '--config', fragment, '--json', '--cache', cache];
  const { exitCode, stdout, stderr } = await runTskit(args, { limitMs: 1_500_000 });
  if (exitCode !== 0) throw new Error(`exit code ${exitCode}\n${stderr}`);
  return { ...(JSON.parse(stdout.split('\n').at(-1) ?? '') as Omit<BuiltKernelEvent, 'stdout'>), stdout };
}

/** Unpacks the only layer of an image of the store. */
export async function unpackKernel(reference: string, cache: string, folder: string): Promise<void> {
  const store = await openStore(cache, new AbortController().signal);
  const manifest = store.lookup(reference);
  if (manifest === undefined) throw new Error(`no image "${reference}"`);
  const [layer] = store.readManifest(manifest.digest).layers;
  if (layer === undefined) throw new Error('expected a layer');
  execFileSync('tar', ['-x', '-f', store.blobPath(layer.digest), '-C', folder]);
}

const init = `
#include <stdio.h>
#include <sys/reboot.h>
#include <sys/utsname.h>
int main(void) {
  struct utsname name;
  uname(&name);
  printf("init runs on %s %s\\n", name.release, name.version);
  fflush(stdout);
  reboot(RB_AUTOBOOT);
}
`;

/** An initramfs of one static program that says what it runs on and restarts the machine; made by GNU cpio. */
export function reducedInitrd(folder: string): string {
  const source = join(folder, 'init.c');
  writeFileSync(source, init);
  execFileSync('musl-gcc', ['-static', '-Os', '-s', '-o', join(folder, 'init'), source]);
  const script = 'mkdir -p dev && mknod dev/console c 5 1 && printf "init\\ndev\\ndev/console\\n" | cpio -o -H newc';
  const archive = execFileSync('sh', ['-c', script], { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] });
  const file = join(folder, 'initrd.img');
  writeFileSync(file, archive);
  return file;
}
