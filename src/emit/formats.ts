// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { BuildContext } from '../context.ts';
import { TskitError } from '../errors.ts';
import type { Rootfs } from '../rootfs.ts';
import type { Spec } from '../spec/types.ts';
import { Artifacts, type Target } from './artifacts.ts';
import type { BootableSystem, RootKind } from './boot-files.ts';
import { biosDiscTools, biosDiskTools, efiStub, fatTools, requireTools, type ToolName } from './tools.ts';

/** Writes the files of one format. */
export type Emitter = (system: BootableSystem, artifacts: Artifacts, ctx: BuildContext) => Promise<void>;

/** How a format is written. */
export interface Format {
  /** The code is loaded when a build wants it: the table is read by every command that has a flag for formats. */
  readonly load: () => Promise<Emitter>;
  /**
   * Where it can keep the system: unpacked from the initrd, in a root image, in `either`, as the spec says, in a way of its `own`, or it
   * is an `archive` that does not boot by itself.
   */
  readonly root: RootKind | 'either' | 'own' | 'archive';
  /** It is one file that is written from beginning to end, so that it may go to a pipe. */
  readonly isStream: boolean;
  /** What the names of its files end with, beyond the name that they share. */
  readonly suffixes: readonly string[];
  /** Programs and files of others that it takes; without them it is refused before any work. */
  readonly tools?: readonly ToolName[];
}

/** What a disk that both firmwares boot takes. */
const cloudTools: readonly ToolName[] = [efiStub, ...biosDiskTools];

/** By the name that --format takes; the names are LinuxKit's. */
export const formats: Readonly<Record<string, Format>> = {
  'kernel+initrd': {
    load: async () => (await import('./kernel-initrd.ts')).emitKernelInitrd,
    root: 'initramfs',
    isStream: false,
    suffixes: ['-kernel', '-initrd.img', '-cmdline'],
  },
  'kernel+erofs': {
    load: async () => (await import('./kernel-erofs.ts')).emitKernelErofs,
    root: 'erofs',
    isStream: false,
    suffixes: ['-kernel', '-erofs-initrd.img', '-cmdline', '-erofs.img'],
  },
  tar: { load: async () => (await import('./tar.ts')).emitTar, root: 'archive', isStream: true, suffixes: ['.tar'] },
  docker: {
    load: async () => (await import('./docker.ts')).emitDocker,
    root: 'archive',
    isStream: true,
    suffixes: ['.docker'],
  },
  'tar-kernel-initrd': {
    load: async () => (await import('./tar-kernel-initrd.ts')).emitTarKernelInitrd,
    root: 'initramfs',
    isStream: true,
    suffixes: ['-initrd.tar'],
  },
  uki: {
    load: async () => (await import('./uki.ts')).emitUki,
    root: 'initramfs',
    isStream: false,
    suffixes: ['.efi'],
    tools: [efiStub],
  },
  'raw-efi': {
    load: async () => (await import('./raw-efi.ts')).emitRawEfi,
    root: 'either',
    isStream: false,
    suffixes: ['-efi.img'],
    tools: [efiStub, ...fatTools],
  },
  'qcow2-efi': {
    load: async () => (await import('./converted-disks.ts')).emitQcow2Efi,
    root: 'either',
    isStream: false,
    suffixes: ['-efi.qcow2'],
    tools: [efiStub, ...fatTools],
  },
  firecracker: {
    load: async () => (await import('./firecracker.ts')).emitFirecracker,
    root: 'either',
    isStream: false,
    suffixes: ['-vmlinux', '-firecracker-initrd.img', '-firecracker-root.img', '-firecracker.json'],
  },
  oci: {
    load: async () => (await import('./oci.ts')).emitOci,
    root: 'either',
    isStream: true,
    suffixes: ['.oci.tar'],
  },
  'raw-bios': {
    load: async () => (await import('./raw-bios.ts')).emitRawBios,
    root: 'either',
    isStream: false,
    suffixes: ['-bios.img'],
    tools: biosDiskTools,
  },
  'iso-bios': {
    load: async () => (await import('./iso.ts')).emitIsoBios,
    root: 'either',
    isStream: false,
    suffixes: ['.iso'],
    tools: biosDiscTools,
  },
  iso: {
    load: async () => (await import('./iso.ts')).emitIso,
    root: 'either',
    isStream: false,
    suffixes: ['.iso'],
    tools: [...biosDiscTools, efiStub, ...fatTools],
  },
  'iso-efi': {
    load: async () => (await import('./iso.ts')).emitIsoEfi,
    root: 'either',
    isStream: false,
    suffixes: ['-efi.iso'],
    tools: [efiStub, ...fatTools],
  },
  'kernel+squashfs': {
    load: async () => (await import('./kernel-squashfs.ts')).emitKernelSquashfs,
    root: 'own',
    isStream: false,
    suffixes: ['-kernel', '-squashfs-initrd.img', '-cmdline', '-squashfs.img'],
    tools: ['fakeroot', 'mksquashfs'],
  },
  'kernel+iso': {
    load: async () => (await import('./kernel-iso.ts')).emitKernelIso,
    root: 'own',
    isStream: false,
    suffixes: ['-kernel', '-iso-initrd.img', '-cmdline', '.iso'],
  },
  'iso-efi-initrd': {
    load: async () => (await import('./iso.ts')).emitIsoEfiInitrd,
    root: 'initramfs',
    isStream: false,
    suffixes: ['-efi-initrd.iso'],
    tools: [efiStub, ...fatTools],
  },
  'qcow2-bios': {
    load: async () => (await import('./converted-disks.ts')).emitQcow2Bios,
    root: 'either',
    isStream: false,
    suffixes: ['.qcow2'],
    tools: biosDiskTools,
  },
  openstack: {
    load: async () => (await import('./converted-disks.ts')).emitOpenstack,
    root: 'either',
    isStream: false,
    suffixes: ['-openstack.qcow2'],
    tools: cloudTools,
  },
  vmdk: {
    load: async () => (await import('./converted-disks.ts')).emitVmdk,
    root: 'either',
    isStream: false,
    suffixes: ['.vmdk'],
    tools: cloudTools,
  },
  vhd: {
    load: async () => (await import('./converted-disks.ts')).emitVhd,
    root: 'either',
    isStream: false,
    suffixes: ['.vhd'],
    tools: cloudTools,
  },
  'dynamic-vhd': {
    load: async () => (await import('./converted-disks.ts')).emitDynamicVhd,
    root: 'either',
    isStream: false,
    suffixes: ['.vhd'],
    tools: cloudTools,
  },
  vhdx: {
    load: async () => (await import('./converted-disks.ts')).emitVhdx,
    root: 'either',
    isStream: false,
    suffixes: ['.vhdx'],
    tools: cloudTools,
  },
  azure: {
    load: async () => (await import('./converted-disks.ts')).emitAzure,
    root: 'either',
    isStream: false,
    suffixes: ['-azure.vhd'],
    tools: cloudTools,
  },
  aws: {
    load: async () => (await import('./converted-disks.ts')).emitAws,
    root: 'either',
    isStream: false,
    suffixes: ['.raw'],
    tools: cloudTools,
  },
  gcp: {
    load: async () => (await import('./converted-disks.ts')).emitGcp,
    root: 'either',
    isStream: false,
    suffixes: ['.img.tar.gz'],
    tools: cloudTools,
  },
  rpi3: {
    load: async () => (await import('./rpi3.ts')).emitRpi3,
    root: 'initramfs',
    isStream: true,
    suffixes: ['.tar'],
  },
};

export const defaultFormat = 'kernel+initrd';
/** When one output is named. */
export const defaultStreamFormat = 'tar';

/**
 * Checks names of formats before anything is pulled.
 * @throws TskitError `usage` for a name that is unknown, and for two that write the same file.
 */
export function checkFormats(names: readonly string[]): void {
  const known = Object.keys(formats)
    .map((name) => `"${name}"`)
    .join(', ');
  for (const name of names) {
    if (!Object.hasOwn(formats, name)) {
      throw new TskitError('usage', `--format: "${name}" is no format, expected ${known}`);
    }
  }
  const writers = new Map<string, string>();
  for (const name of new Set(names)) {
    for (const suffix of formats[name]?.suffixes ?? []) {
      const other = writers.get(suffix);
      if (other !== undefined) {
        throw new TskitError('usage', `--format: "${other}" and "${name}" both write NAME${suffix}`, {
          hint: 'build them one after the other, with another --name',
        });
      }
      writers.set(suffix, name);
    }
  }
}

/**
 * Checks that what formats take is installed, before anything is pulled.
 * @throws TskitError `not-found` that names what is missing and how to install it.
 */
export async function checkTools(names: readonly string[]): Promise<void> {
  await requireTools(
    `--format ${names.join(',')}`,
    names.flatMap((name) => formats[name]?.tools ?? []),
  );
}

/**
 * Checks before anything is pulled that these formats can keep the root where the spec wants it.
 * @throws TskitError `usage` for one that cannot.
 */
export function checkRoot(spec: Spec['root'], names: readonly string[]): void {
  const type = typeof spec === 'string' ? spec : (spec?.type ?? 'auto');
  if (type === 'auto') return;
  for (const name of names) {
    const root = formats[name]?.root ?? 'either';
    if (root === 'either' || root === 'archive' || root === type) continue;
    const why = root === 'erofs' || root === 'own' ? 'is a root image' : 'has no disk for a root image';
    const hint = type === 'erofs' ? 'write kernel+erofs or a disk image' : 'write another format';
    throw new TskitError('usage', `--format: "${name}" ${why}, but the spec says \`root: ${type}\``, {
      hint: `${hint}, or say \`root: auto\``,
    });
  }
}

/**
 * Checks that an artifact of these formats can go to one named output.
 * @throws TskitError `usage` when there are several or it is not one file.
 */
export function checkStreamFormat(names: readonly string[]): void {
  const streams = Object.keys(formats).filter((name) => formats[name]?.isStream === true);
  const expected = `expected one format of ${streams.map((name) => `"${name}"`).join(', ')}`;
  const found = names.map((name) => `"${name}"`).join(', ');
  if (names.length !== 1 || !streams.includes(names[0] ?? '')) {
    throw new TskitError('usage', `--o: ${expected}, found ${found}`, {
      hint: 'leave --o out; --dir and --name say where several files go',
    });
  }
}

/**
 * Writes a root in all asked formats into `target.dir`, which is made when it is missing. Either all files get their
 * names, at the very end, or the folder stays as it was.
 * @returns the files written.
 * @throws TskitError `usage`, `format`, `io`, `store`, `interrupted`, and what loading the trees throws.
 */
export async function emit(
  rootfs: Rootfs,
  target: Target & { readonly formats: readonly string[]; readonly inputTar?: string; readonly size?: number },
  ctx: BuildContext,
): Promise<readonly string[]> {
  checkFormats(target.formats);
  if (target.output !== undefined) checkStreamFormat(target.formats);
  if (target.inputTar !== undefined) {
    const { compareWithTar } = await import('./input-tar.ts');
    await compareWithTar(rootfs, target.inputTar, ctx);
  }
  const artifacts = new Artifacts(target, ctx.signal, ctx.reporter.stage('write'));
  try {
    const { sharedBootFiles } = await import('./shared-boot-files.ts');
    const bootFiles = sharedBootFiles(rootfs, ctx);
    const written = new Map<string, Format>();
    for (const name of target.formats) {
      const format = formats[name];
      if (format === undefined || written.has(name)) continue;
      written.set(name, format);
      const system = {
        rootfs,
        bootFiles: () => bootFiles(rootOf(format)),
        ...(target.size !== undefined && { size: target.size }),
      };
      await (await format.load())(system, artifacts, ctx);
    }
    if (rootfs.signing !== undefined || [...written.values()].some(({ tools }) => tools?.includes(efiStub))) {
      const { writeBesideEfi } = await import('./beside-efi.ts');
      const all = { formats: written, bootFiles: (format: Format) => bootFiles(rootOf(format)) };
      await writeBesideEfi(rootfs, all, artifacts, ctx);
    }
    return await artifacts.publish();
  } finally {
    await artifacts.discard();
  }
}

/** An archive has the whole system, as an initramfs has. */
function rootOf({ root }: Format): RootKind | 'either' {
  return root === 'archive' || root === 'own' ? 'initramfs' : root;
}
