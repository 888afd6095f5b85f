// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openStore } from '../../src/oci/store.ts';
import { runTskit } from './cli.ts';

/** The least kernel that runs a program of an initramfs and prints to a serial port: a tenth of what a usual one takes to compile. */
export const reducedFragment = `# Machine
CONFIG_PRINTK=y
#arch amd64
CONFIG_64BIT=y

# Console
CONFIG_TTY=y
# CONFIG_VT is not set
# CONFIG_UNIX98_PTYS is not set
# CONFIG_LEGACY_PTYS is not set
#arch amd64
CONFIG_SERIAL_8250=y
CONFIG_SERIAL_8250_CONSOLE=y

#arch arm64
CONFIG_SERIAL_AMBA_PL011=y
CONFIG_SERIAL_AMBA_PL011_CONSOLE=y

# Programs
CONFIG_BLK_DEV_INITRD=y
CONFIG_BINFMT_ELF=y

# Modules that need one another, the last one both others
CONFIG_MODULES=y
CONFIG_CRC32=m
CONFIG_XZ_DEC=m
CONFIG_XZ_DEC_TEST=m

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
#arch amd64
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

/** Builds it, with more flags if there are such; the error has all that the command said. */
export async function buildReducedKernel(
  fragment: string,
  cache: string,
  flags: readonly string[] = [],
): Promise<BuiltKernelEvent> {
  const args = ['kernel', 'build', '--tiny', '--config', fragment, '--json', '--cache', cache, ...flags];
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

/** The modules of the test's own, unpacked below `folder`, each after those that modules.dep says it needs. */
export function reducedModules(folder: string, release: string): readonly Buffer[] {
  execFileSync('tar', ['-x', '-f', join(folder, 'kernel.tar'), '-C', folder]);
  const root = join(folder, 'lib/modules', release);
  const [line] = /^kernel\/lib\/xz\/xz_dec_test\.ko: .*$/m.exec(readFileSync(join(root, 'modules.dep'), 'utf8')) ?? [];
  if (line === undefined) throw new Error('modules.dep: expected a line for xz_dec_test');
  return line
    .replace(':', '')
    .split(' ')
    .reverse()
    .map((path) => readFileSync(join(root, path)));
}

const init = `
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>
int main(void) {
  struct utsname name;
  uname(&name);
  printf("init runs on %s %s\\n", name.release, name.version);
  for (int number = 0;; number++) {
    char path[32];
    snprintf(path, sizeof path, "/modules/%d.ko", number);
    int fd = open(path, O_RDONLY);
    if (fd < 0) break;
    const long failed = syscall(SYS_finit_module, fd, "", 0);
    printf("module %d: %s\\n", number, failed ? strerror(errno) : "loaded");
    close(fd);
  }
  fflush(stdout);
  reboot(RB_AUTOBOOT);
}
`;

/**
 * An initramfs of one static program that says what it runs on, loads modules in turn, says how that went, and restarts the machine; made by GNU
 * cpio.
 */
export function reducedInitrd(folder: string, modules: readonly Buffer[] = []): string {
  const source = join(folder, 'init.c');
  writeFileSync(source, init);
  execFileSync('musl-gcc', ['-static', '-Os', '-s', '-o', join(folder, 'init'), source]);
  return initrdOf(folder, modules);
}

const armInit = `
static long call(long number, long a, long b, long c, long d) {
  register long x8 asm("x8") = number, x0 asm("x0") = a, x1 asm("x1") = b, x2 asm("x2") = c, x3 asm("x3") = d;
  asm volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
  return x0;
}
void _start(void) {
  static const char text[] = "init runs on Arm\\n";
  call(64 /* write */, 1, (long)text, sizeof text - 1, 0);
  call(142 /* reboot */, 0xfee1dead, 672274793, 0x01234567, 0);
  for (;;) {}
}
`;

/** The same for arm64, without modules: there is no C library for it. */
export function reducedArmInitrd(folder: string): string {
  const source = join(folder, 'init.c');
  writeFileSync(source, armInit);
  const args = ['-static', '-nostdlib', '-ffreestanding', '-O1', '-o', join(folder, 'init'), source];
  execFileSync('aarch64-linux-gnu-gcc', args);
  return initrdOf(folder, []);
}

/** Of the program `init` in a folder. */
function initrdOf(folder: string, modules: readonly Buffer[]): string {
  mkdirSync(join(folder, 'modules'), { recursive: true });
  for (const [number, module] of modules.entries()) writeFileSync(join(folder, `modules/${number}.ko`), module);
  const script =
    'mkdir -p dev && { [ -e dev/console ] || mknod dev/console c 5 1; } && find init dev modules | cpio -o -H newc';
  const archive = execFileSync('sh', ['-c', script], { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] });
  const file = join(folder, 'initrd.img');
  writeFileSync(file, archive);
  return file;
}
