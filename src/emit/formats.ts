// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { BuildContext } from '../context.ts';
import type { Artifacts } from './artifacts.ts';
import type { BootableSystem, RootKind } from './boot-files.ts';
import type { RootName } from './kernel-root.ts';
import { biosDiscTools, biosDiskTools, efiStub, fatTools, type ToolName } from './tools.ts';

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
  /** What a kernel without an initrd knows its root image by; default "partition". */
  readonly rootName?: RootName;
  /** It is one file that is written from beginning to end, so that it may go to a pipe. */
  readonly isStream: boolean;
  /** What the names of its files end with, beyond the name that they share. */
  readonly suffixes: readonly string[];
  /** It can be written of a spec that names no kernel. */
  readonly kernelIsOptional?: boolean;
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
    kernelIsOptional: true,
  },
  'kernel+erofs': {
    load: async () => (await import('./kernel-erofs.ts')).emitKernelErofs,
    root: 'erofs',
    rootName: 'machine-disk',
    isStream: false,
    suffixes: ['-kernel', '-erofs-initrd.img', '-cmdline', '-erofs.img'],
    kernelIsOptional: true,
  },
  tar: {
    load: async () => (await import('./tar.ts')).emitTar,
    root: 'archive',
    isStream: true,
    suffixes: ['.tar'],
    kernelIsOptional: true,
  },
  docker: {
    load: async () => (await import('./docker.ts')).emitDocker,
    root: 'archive',
    isStream: true,
    suffixes: ['.docker'],
    kernelIsOptional: true,
  },
  'tar-kernel-initrd': {
    load: async () => (await import('./tar-kernel-initrd.ts')).emitTarKernelInitrd,
    root: 'initramfs',
    isStream: true,
    suffixes: ['-initrd.tar'],
    kernelIsOptional: true,
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
    rootName: 'disk',
    isStream: false,
    suffixes: ['-vmlinux', '-firecracker-initrd.img', '-firecracker-root.img', '-firecracker.json'],
  },
  oci: {
    load: async () => (await import('./oci.ts')).emitOci,
    root: 'either',
    rootName: 'machine-disk',
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
    rootName: 'nothing',
    isStream: false,
    suffixes: ['.iso'],
    tools: biosDiscTools,
  },
  iso: {
    load: async () => (await import('./iso.ts')).emitIso,
    root: 'either',
    rootName: 'nothing',
    isStream: false,
    suffixes: ['.iso'],
    tools: [...biosDiscTools, efiStub, ...fatTools],
  },
  'iso-efi': {
    load: async () => (await import('./iso.ts')).emitIsoEfi,
    root: 'either',
    rootName: 'nothing',
    isStream: false,
    suffixes: ['-efi.iso'],
    tools: [efiStub, ...fatTools],
  },
  'kernel+squashfs': {
    load: async () => (await import('./kernel-squashfs.ts')).emitKernelSquashfs,
    root: 'own',
    isStream: false,
    suffixes: ['-kernel', '-squashfs-initrd.img', '-cmdline', '-squashfs.img'],
    kernelIsOptional: true,
    tools: ['fakeroot', 'mksquashfs'],
  },
  'kernel+iso': {
    load: async () => (await import('./kernel-iso.ts')).emitKernelIso,
    root: 'own',
    isStream: false,
    suffixes: ['-kernel', '-iso-initrd.img', '-cmdline', '.iso'],
    kernelIsOptional: true,
  },
  'iso-efi-initrd': {
    load: async () => (await import('./iso.ts')).emitIsoEfiInitrd,
    root: 'initramfs',
    rootName: 'nothing',
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
