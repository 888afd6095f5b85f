// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What a root in memory and a root on a disk cost at a boot: seconds until all containers were started, and the memory that is gone
// then, for systems of 10, 100 and 500 MB. One run has all of them in turns, so that what else the machine does meets all alike.
//
//     node bench/root-boot.ts [--cache DIR] [--runs 3] [SIZE...]       sizes in MB; --cache to fetch nothing again

import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { diskOn, KernelMachine } from '../test/support/kernel-machine.ts';
import { tskit } from '../test/support/cli.ts';
import { measure } from './measure.ts';

const { values, positionals } = parseArgs({
  options: { cache: { type: 'string' }, runs: { type: 'string', default: '3' } },
  allowPositionals: true,
});
const sizes = positionals.length > 0 ? positionals.map(Number) : [10, 100, 500];
/** For both alike: the initramfs of the largest system needs most of it. */
const memoryMiB = 2048;
const megabyte = 1e6;
/** What a system has before anything is added: init, busybox, the modules that are left. */
const baseSize = 8 * megabyte;

interface Boot {
  /** Since QEMU was started. */
  readonly seconds: number;
  /** MB that are neither free nor to be had again. */
  readonly used: number;
}

type Kind = 'initramfs' | 'erofs';

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tskit-bench-'));
  try {
    makeKernel(folder);
    console.log(
      `boot under emulation with ${memoryMiB} MiB, medians of ${values.runs}: seconds to "booted", MB of memory gone`,
    );
    for (const size of sizes) await compare(folder, size);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Debian's kernel with the modules for disks alone: all of them are 90 MB. */
function makeKernel(folder: string): void {
  const modules = [
    'modules.order modules.builtin modules.builtin.modinfo kernel/lib kernel/crypto kernel/arch',
    'kernel/drivers/block kernel/drivers/virtio kernel/drivers/md kernel/drivers/acpi',
    'kernel/fs/erofs kernel/fs/overlayfs kernel/fs/netfs',
  ].flatMap((paths) => paths.split(' '));
  const recipe = readFileSync(new URL('../packages/kernel/recipe.yml', import.meta.url), 'utf8');
  const picked = modules.map((path) => `  - /lib/modules/*/${path}\n`).join('');
  mkdirSync(join(folder, 'kernel'));
  writeFileSync(join(folder, 'kernel/recipe.yml'), recipe.replace('  - /lib/modules\n', picked));
}

async function compare(folder: string, size: number): Promise<void> {
  const base = build(folder, size);
  const boots: Record<Kind, Boot[]> = { initramfs: [], erofs: [] };
  for (let run = 0; run < Number(values.runs); run += 1) {
    for (const kind of ['initramfs', 'erofs'] as const) boots[kind].push(await boot(base, kind));
  }
  const cell = (kind: Kind): string => {
    const { seconds, used } = median(boots[kind]);
    return `${kind} ${seconds.toFixed(1)} s ${used.toFixed(0)} MB`.padEnd(28);
  };
  const [first, second] = [median(boots.initramfs), median(boots.erofs)];
  const ratios = `${(first.seconds / second.seconds).toFixed(1)}x the time, ${(first.used / second.used).toFixed(1)}x the memory`;
  console.log(`${String(size).padStart(4)} MB: ${cell('initramfs')}${cell('erofs')}${ratios}`);
}

/** Builds both and returns what their names begin with. */
function build(folder: string, size: number): string {
  const payload = join(folder, `payload-${size}`);
  mkdirSync(payload);
  fill(payload, size * megabyte - baseSize);
  const spec = join(folder, `${size}.yml`);
  writeFileSync(
    spec,
    `kernel: {image: "pkg:./kernel", cmdline: "console=ttyS0 quiet panic=-1 tskit.console"}
onboot:
  - {name: memory, image: "pkg:busybox", command: [cat, /proc/meminfo]}
files:
  - {path: usr/payload, source: ${payload}}
`,
  );
  const cache = values.cache ?? join(folder, 'cache');
  for (const format of ['kernel+initrd', 'kernel+erofs']) {
    const name = join(folder, `${size}-${format}`);
    measure(
      `${tskit} build --cache ${cache} --dir ${folder} --name ${size}-${format} --format ${format} ${spec} && test -e ${name}-kernel`,
    );
  }
  return join(folder, String(size));
}

/** Copies programs and libraries of this machine, which compress as those of images do. */
function fill(payload: string, bytes: number): void {
  let left = bytes;
  const folders = ['/usr/lib/x86_64-linux-gnu', '/usr/bin', '/usr/lib'];
  for (let round = 0; left > 0; round += 1) {
    const before = left;
    for (const folder of folders) {
      for (const name of readdirSync(folder).toSorted()) {
        const file = join(folder, name);
        const stats = statSync(file, { throwIfNoEntry: false });
        if (stats?.isFile() !== true || stats.size === 0 || stats.size > left) continue;
        copyFileSync(file, join(payload, `${round}-${folder.replaceAll('/', '-')}-${name}`));
        left -= stats.size;
      }
    }
    if (left === before) return;
  }
}

async function boot(base: string, kind: Kind): Promise<Boot> {
  const files = kind === 'initramfs' ? `${base}-kernel+initrd` : `${base}-kernel+erofs`;
  const started = performance.now();
  await using machine = new KernelMachine({
    kernel: `${files}-kernel`,
    initrd: kind === 'initramfs' ? `${files}-initrd.img` : `${files}-erofs-initrd.img`,
    cmdline: readFileSync(`${files}-cmdline`, 'utf8'),
    memoryMiB,
    devices: kind === 'initramfs' ? [] : diskOn(`${files}-erofs.img`, 'virtio-blk-pci'),
  });
  await machine.waitFor(/tskit: booted in/);
  const seconds = (performance.now() - started) / 1000;
  const [total, available] = ['MemTotal', 'MemAvailable'].map((name) => {
    const found = new RegExp(`${name}: +(\\d+) kB`).exec(machine.console);
    return Number(found?.[1]) * 1024;
  });
  return { seconds, used: ((total ?? Number.NaN) - (available ?? Number.NaN)) / megabyte };
}

function median(boots: readonly Boot[]): Boot {
  const middle = (values_: readonly number[]): number =>
    values_.toSorted((a, b) => a - b)[values_.length >> 1] ?? Number.NaN;
  return { seconds: middle(boots.map(({ seconds }) => seconds)), used: middle(boots.map(({ used }) => used)) };
}

await main();
