// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { controlPortPrefix } from '../../init/contract/paths.ts';
import type { BootMedia } from './boot-media.ts';
import type { Disk, PublishedPort } from './options.ts';

/** A kernel that QEMU loads, perhaps with its root on a disk. */
export interface KernelBoot {
  readonly kind: 'kernel';
  readonly kernel: string;
  readonly initrd?: string;
  readonly cmdline: string;
  readonly root?: string;
}

/** An image that firmware boots; for an EFI program `file` is a folder that is laid out as a system partition. */
export interface ImageBoot {
  readonly kind: 'image';
  readonly file: string;
  readonly media: BootMedia;
  /** What the guest writes to it is lost at the end. */
  readonly isSnapshot: boolean;
}

/** UEFI; without it a machine has SeaBIOS. */
export interface UefiFirmware {
  readonly code: string;
  /** A copy of the machine's own, which it writes. */
  readonly variables: string;
  readonly isSecure: boolean;
}

/** One virtual machine, complete: buildArguments needs nothing else. */
export interface Machine {
  readonly accel: 'kvm' | 'tcg';
  readonly machine: string;
  readonly cpus: number;
  readonly memoryMiB: number;
  readonly boot: KernelBoot | ImageBoot;
  readonly firmware?: UefiFirmware;
  /** Where an emulated TPM 2.0 listens. */
  readonly tpmSocket?: string;
  readonly publish: readonly PublishedPort[];
  readonly disks: readonly Disk[];
  /** ISO image with the metadata of --data. */
  readonly dataImage?: string;
  /** A connected socket that QEMU inherits for its control protocol (QMP); absent in what --print shows. */
  readonly controlFd?: number;
  /** Where QEMU listens for `tskit ctl`; a port of the guest each. Absent in what --print shows. */
  readonly controlSockets?: readonly string[];
}

/**
 * Without svm=off an emulated guest spends seconds on setting up KVM of its own. xlevel keeps the CPUID leaf of the address
 * sizes, which goes with svm otherwise: a kernel without it takes every kernel address for a bad one and prints paths as "xxx".
 * Without erms and fsrm the kernel clears and copies pages by eight bytes, which emulation does faster than `rep movsb`.
 */
const emulatedCpu = 'max,svm=off,xlevel=0x8000000a,erms=off,fsrm=off';

/**
 * QEMU's arguments. `-nodefaults` so that nothing is there that was not asked for; the serial port is stdio. In a session it
 * is without signals, because there Ctrl-C is for the guest's orderly power-off; by hand Ctrl-C ends QEMU.
 */
export function buildArguments(machine: Machine): string[] {
  const microvm = machine.machine.startsWith('microvm');
  const bus = microvm ? 'device' : 'pci';
  return [
    '-nodefaults',
    '-no-user-config',
    '-display',
    'none',
    '-machine',
    `${machine.machine},accel=${machine.accel}${machine.firmware?.isSecure === true ? ',smm=on' : ''}`,
    '-cpu',
    machine.accel === 'kvm' ? 'host' : emulatedCpu,
    '-smp',
    String(machine.cpus),
    '-m',
    `${machine.memoryMiB}M`,
    ...firmwareArguments(machine.firmware),
    ...bootArguments(machine, bus),
    ...(machine.tpmSocket === undefined ? [] : tpmArguments(machine.tpmSocket)),
    '-chardev',
    `stdio,id=console,signal=${machine.controlFd === undefined ? 'on' : 'off'}`,
    '-serial',
    'chardev:console',
    '-device',
    `virtio-rng-${bus}`,
    '-netdev',
    ['user', 'id=net0', ...machine.publish.map(forward)].join(','),
    '-device',
    `virtio-net-${bus},netdev=net0`,
    ...machine.disks.flatMap((disk, index) => diskArguments(disk, index, bus)),
    ...rootArguments(machine.boot, bus),
    ...(machine.dataImage === undefined ? [] : dataArguments(machine.dataImage, bus)),
    ...(machine.controlFd === undefined
      ? []
      : ['-chardev', `socket,id=control,fd=${machine.controlFd}`, '-mon', 'chardev=control,mode=control']),
    ...controlPorts(machine.controlSockets ?? [], bus),
  ];
}

/** Ports of a virtio-serial device; its first place is a console's. Each port that there may be costs the guest two queues. */
function controlPorts(sockets: readonly string[], bus: string): string[] {
  if (sockets.length === 0) return [];
  const ports = sockets.flatMap((path, index) => [
    '-chardev',
    `socket,id=ctl${index},path=${escapeComma(path)},server=on,wait=off`,
    '-device',
    `virtserialport,chardev=ctl${index},name=${controlPortPrefix}${index}`,
  ]);
  return ['-device', `virtio-serial-${bus},max_ports=${sockets.length + 1}`, ...ports];
}

/** Two flash chips. With Secure Boot only code in system management mode may write the second (docs/system/i386: smm). */
function firmwareArguments(firmware: UefiFirmware | undefined): string[] {
  if (firmware === undefined) return [];
  return [
    ...(firmware.isSecure
      ? ['-global', 'driver=cfi.pflash01,property=secure,value=on', '-global', 'ICH9-LPC.disable_s3=1']
      : []),
    '-drive',
    `if=pflash,unit=0,format=raw,readonly=on,file=${escapeComma(firmware.code)}`,
    '-drive',
    `if=pflash,unit=1,format=raw,file=${escapeComma(firmware.variables)}`,
  ];
}

function bootArguments({ boot, accel }: Machine, bus: string): string[] {
  if (boot.kind === 'kernel') {
    return [
      '-kernel',
      boot.kernel,
      ...(boot.initrd === undefined ? [] : ['-initrd', boot.initrd]),
      '-append',
      effectiveCmdline(boot.cmdline, accel),
    ];
  }
  const { file, media, isSnapshot } = boot;
  const kept = isSnapshot ? ',snapshot=on' : '';
  switch (media.kind) {
    case 'disk':
      return driveArguments(file, media.format, 'boot', bus, kept, ',bootindex=0');
    case 'iso':
      // Behind virtio as disks are: both firmwares read it, and kernels for clouds, which have no driver of AHCI, find their root.
      return [
        '-drive',
        `if=none,id=boot,format=raw,readonly=on,media=cdrom,file=${escapeComma(file)}`,
        '-device',
        `virtio-scsi-${bus},id=bootscsi`,
        '-device',
        'scsi-cd,bus=bootscsi.0,drive=boot,bootindex=0',
      ];
    case 'efi':
      return driveArguments(`fat:${file}`, 'raw', 'boot', bus, ',readonly=on', ',bootindex=0');
  }
}

/** The root comes behind the user's disks, which keep the names that they have beside an initrd: init knows it by its UUID. */
function rootArguments(boot: Machine['boot'], bus: string): string[] {
  if (boot.kind !== 'kernel' || boot.root === undefined) return [];
  return driveArguments(boot.root, 'raw', 'root', bus, ',readonly=on');
}

/** A TPM 2.0 with the interface that firmware and kernel look for on a PC (TCG PC Client Platform TPM Profile, TIS). */
function tpmArguments(socket: string): string[] {
  return [
    '-chardev',
    `socket,id=tpm,path=${escapeComma(socket)}`,
    '-tpmdev',
    'emulator,id=tpm0,chardev=tpm',
    '-device',
    'tpm-tis,tpmdev=tpm0',
  ];
}

/**
 * Under emulation on a busy host the kernel's check that the timer interrupt works can fail and stop the boot, so it is
 * turned off there (kernel-parameters.txt, no_timer_check). What is inside an image stays as it was built.
 */
function effectiveCmdline(cmdline: string, accel: Machine['accel']): string {
  const needed = accel === 'tcg' && !/(^|\s)no_timer_check(\s|$)/.test(cmdline);
  return needed ? `${cmdline} no_timer_check`.trimStart() : cmdline;
}

function forward(port: PublishedPort): string {
  return `hostfwd=${port.protocol}:${port.address}:${port.host}-:${port.guest}`;
}

function diskArguments(disk: Disk, index: number, bus: string): string[] {
  return driveArguments(disk.file, disk.format, `disk${index}`, bus);
}

function driveArguments(file: string, format: string, id: string, bus: string, more = '', device = ''): string[] {
  return [
    '-drive',
    `if=none,id=${id},format=${format},file=${escapeComma(file)}${more}`,
    '-device',
    `virtio-blk-${bus},drive=${id}${device}`,
  ];
}

function dataArguments(image: string, bus: string): string[] {
  const drive = `if=none,id=data,format=raw,readonly=on,media=cdrom,file=${escapeComma(image)}`;
  return ['-drive', drive, '-device', `virtio-scsi-${bus},id=scsi0`, '-device', 'scsi-cd,bus=scsi0.0,drive=data'];
}

/** QEMU's option syntax doubles a comma inside a value (qemu(1), -drive). */
function escapeComma(value: string): string {
  return value.replaceAll(',', ',,');
}
