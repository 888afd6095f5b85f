// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { controlPortPrefix } from '../../init/contract.ts';
import type { Disk, PublishedPort } from './options.ts';

/** One virtual machine, complete: buildArguments needs nothing else. */
export interface Machine {
  readonly accel: 'kvm' | 'tcg';
  readonly machine: string;
  readonly cpus: number;
  readonly memoryMiB: number;
  readonly kernel: string;
  readonly initrd: string;
  readonly cmdline: string;
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
    `${machine.machine},accel=${machine.accel}`,
    '-cpu',
    machine.accel === 'kvm' ? 'host' : emulatedCpu,
    '-smp',
    String(machine.cpus),
    '-m',
    `${machine.memoryMiB}M`,
    '-kernel',
    machine.kernel,
    '-initrd',
    machine.initrd,
    '-append',
    effectiveCmdline(machine),
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

/**
 * Under emulation on a busy host the kernel's check that the timer interrupt works can fail and stop the boot, so it is
 * turned off there (kernel-parameters.txt, no_timer_check).
 */
function effectiveCmdline(machine: Machine): string {
  const needed = machine.accel === 'tcg' && !/(^|\s)no_timer_check(\s|$)/.test(machine.cmdline);
  return needed ? `${machine.cmdline} no_timer_check`.trimStart() : machine.cmdline;
}

function forward(port: PublishedPort): string {
  return `hostfwd=${port.protocol}:${port.address}:${port.host}-:${port.guest}`;
}

function diskArguments(disk: Disk, index: number, bus: string): string[] {
  return [
    '-drive',
    `if=none,id=disk${index},format=${disk.format},file=${escapeComma(disk.file)}`,
    '-device',
    `virtio-blk-${bus},drive=disk${index}`,
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
