// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { copyFileSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { ConsoleProcess } from './console-process.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** What a machine boots from, and how. */
export interface DiskMachineOptions {
  /** A disk image or an ISO. It is not changed: what the guest writes to it is forgotten. */
  readonly file: string;
  /** As QEMU calls it: `raw` unless given, `qcow2`, `vmdk`, `vpc`, `vhdx`. */
  readonly format?: string;
  readonly firmware: 'bios' | 'uefi';
  /** A virtio disk unless given. `cdrom` and `sata` are behind AHCI, `scsi-cdrom` behind virtio, `usb` is a stick, `pvscsi` is VMware's. */
  readonly attached?: 'virtio' | 'virtio-scsi' | 'nvme' | 'pvscsi' | 'sata' | 'cdrom' | 'scsi-cdrom' | 'usb';
  readonly memoryMiB?: number;
  /** Ports of the loopback by the guest's port that they lead to. */
  readonly publish?: Readonly<Record<number, number>>;
  /** OVMF's code and variables, when not those without Secure Boot; the variables are copied first. */
  readonly uefi?: { readonly code: string; readonly variables: string };
  /** More of QEMU's arguments. */
  readonly more?: readonly string[];
}

/**
 * What to replace in a spec's text: on a busy host the kernel's check that the timer interrupt works can fail under emulation and
 * stop the boot (src/qemu/arguments.ts). Whoever starts an image by its firmware cannot add to its command line.
 */
export const withoutTimerCheck: Readonly<Record<string, string>> = {
  'console=ttyS0': 'console=ttyS0 no_timer_check',
};

const ovmf = { code: '/usr/share/OVMF/OVMF_CODE_4M.fd', variables: '/usr/share/OVMF/OVMF_VARS_4M.fd' };
/** The button again: a guest that has not loaded its driver yet loses the event. */
const powerdownEveryMs = 1_000;

/** A machine that boots a disk image by its firmware, as a real one does, under emulation; its serial console as text. */
export class DiskMachine extends ConsoleProcess {
  readonly #folder: ReturnType<typeof temporaryFolder>;
  readonly #control: string;

  constructor(options: DiskMachineOptions) {
    const folder = temporaryFolder();
    const control = join(folder.path, 'qmp');
    super('qemu-system-x86_64', qemuArguments(options, folder.path, control));
    this.#folder = folder;
    this.#control = control;
  }

  /** Presses the power button until the machine ends: QEMU's exit code. */
  async powerOff(limitMs?: number): Promise<number | undefined> {
    const control = createConnection(this.#control);
    control.on('error', () => {});
    say(control, 'qmp_capabilities');
    const again = setInterval(() => say(control, 'system_powerdown'), powerdownEveryMs);
    say(control, 'system_powerdown');
    try {
      return await this.ended(limitMs);
    } finally {
      clearInterval(again);
      control.destroy();
    }
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    this.#folder[Symbol.dispose]();
  }
}

function say(control: Socket, command: string): void {
  control.write(`${JSON.stringify({ execute: command })}\n`);
}

/** The same processor as that of `tskit run` under emulation, whose reasons go for this one as well (src/qemu/arguments.ts). */
const cpu = 'max,svm=off,xlevel=0x8000000a,erms=off,fsrm=off';

function qemuArguments(options: DiskMachineOptions, folder: string, control: string): readonly string[] {
  const ports = Object.entries(options.publish ?? {});
  const network = ports.map(([guest, host]) => `hostfwd=tcp:127.0.0.1:${host}-:${guest}`);
  return [
    ['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ['-machine', 'q35,accel=tcg', '-cpu', cpu, '-smp', '1', '-m', `${options.memoryMiB ?? 512}M`],
    options.firmware === 'bios' ? [] : firmwareArguments(options.uefi ?? ovmf, folder),
    ['-chardev', 'stdio,id=console,signal=off', '-serial', 'chardev:console'],
    ['-qmp', `unix:${control},server=on,wait=off`],
    ['-device', 'virtio-rng-pci'],
    ['-netdev', ['user', 'id=net0', ...network].join(','), '-device', 'virtio-net-pci,netdev=net0,romfile='],
    diskArguments(options),
    options.more ?? [],
  ].flat();
}

function firmwareArguments({ code, variables }: { code: string; variables: string }, folder: string): string[] {
  const own = join(folder, 'variables.fd');
  copyFileSync(variables, own);
  const flash = 'if=pflash,format=raw';
  return ['-drive', `${flash},unit=0,readonly=on,file=${code}`, '-drive', `${flash},unit=1,file=${own}`];
}

function diskArguments({ file, format, attached }: DiskMachineOptions): string[] {
  const drive = `if=none,id=disk,format=${format ?? 'raw'},file=${file.replaceAll(',', ',,')}`;
  switch (attached ?? 'virtio') {
    case 'cdrom':
      return ['-drive', `${drive},readonly=on,media=cdrom`, '-device', 'ide-cd,drive=disk,bootindex=0'];
    case 'scsi-cdrom':
      return [
        ['-drive', `${drive},readonly=on,media=cdrom`, '-device', 'virtio-scsi-pci,id=scsi'],
        ['-device', 'scsi-cd,bus=scsi.0,drive=disk,bootindex=0'],
      ].flat();
    case 'sata':
      return ['-drive', `${drive},snapshot=on`, '-device', 'ide-hd,drive=disk,bootindex=0'];
    case 'nvme':
      return ['-drive', `${drive},snapshot=on`, '-device', 'nvme,drive=disk,serial=disk,bootindex=0'];
    case 'virtio-scsi':
    case 'pvscsi': {
      const controller = attached === 'pvscsi' ? 'pvscsi' : 'virtio-scsi-pci';
      return [
        ['-drive', `${drive},snapshot=on`, '-device', controller],
        ['-device', 'scsi-hd,drive=disk,bootindex=0'],
      ].flat();
    }
    case 'usb':
      return [
        ['-drive', `${drive},snapshot=on`, '-device', 'qemu-xhci'],
        ['-device', 'usb-storage,drive=disk,bootindex=0'],
      ].flat();
    default:
      return ['-drive', `${drive},snapshot=on`, '-device', 'virtio-blk-pci,drive=disk,bootindex=0'];
  }
}
