// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { ConsoleProcess } from './console-process.ts';

/** What a machine is given, which QEMU boots without firmware. */
export interface KernelMachineOptions {
  readonly kernel: string;
  readonly initrd?: string;
  readonly cmdline: string;
  readonly memoryMiB?: number;
  /** Disks and the like. */
  readonly devices: readonly string[];
}

/** The same processor as that of DiskMachine. */
const cpu = 'max,svm=off,xlevel=0x8000000a,erms=off,fsrm=off';

/** A machine with a kernel, perhaps an initrd, and a command line; it ends when the guest powers off, restarts or panics. */
export class KernelMachine extends ConsoleProcess {
  constructor({ kernel, initrd, cmdline, memoryMiB, devices }: KernelMachineOptions) {
    const args = [
      ['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-machine', 'q35,accel=tcg'],
      ['-cpu', cpu, '-smp', '1', '-m', `${memoryMiB ?? 256}M`],
      ['-chardev', 'stdio,id=console,signal=off', '-serial', 'chardev:console', '-device', 'virtio-rng-pci'],
      ['-kernel', kernel, ...(initrd === undefined ? [] : ['-initrd', initrd]), '-append', cmdline],
      devices,
    ];
    super('qemu-system-x86_64', args.flat());
  }
}

/** Arguments for a disk of one file, which is not changed. */
export function diskOn(file: string, device: 'virtio-blk-pci' | 'scsi-hd' | 'scsi-cd' | 'nvme'): string[] {
  const drive = `if=none,id=root,format=raw,file=${file}`;
  switch (device) {
    case 'scsi-hd':
      return ['-drive', `${drive},snapshot=on`, '-device', 'virtio-scsi-pci', '-device', 'scsi-hd,drive=root'];
    case 'scsi-cd':
      return ['-drive', `${drive},readonly=on`, '-device', 'virtio-scsi-pci', '-device', 'scsi-cd,drive=root'];
    case 'nvme':
      return ['-drive', `${drive},snapshot=on`, '-device', 'nvme,serial=root,drive=root'];
    default:
      return ['-drive', `${drive},snapshot=on`, '-device', 'virtio-blk-pci,drive=root'];
  }
}
