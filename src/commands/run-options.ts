// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { BootOptions } from '../qemu/boot-choice.ts';
import { cacheOption, type Invocation, type Option } from './command.ts';

/** Options of `tskit run`. */
export const runOptions: Readonly<Record<string, Option>> = {
  cpus: { value: 'N', help: 'number of processors (default 1)' },
  mem: { value: 'MIB', help: 'memory in MiB (default: what the image needs)' },
  publish: {
    value: '[ADDRESS:]HOST:GUEST[/PROTO]',
    multiple: true,
    help: 'forward a host port, on 127.0.0.1 by default',
  },
  disk: {
    value: '[file=]PATH[,size=SIZE][,format=F]',
    multiple: true,
    help: 'add a disk; made when missing and a size is given',
  },
  snapshot: { help: 'what the guest writes to the image that it boots from is lost at the end' },
  uefi: { help: 'boot with UEFI firmware (default: what the image boots with, BIOS when it can both)' },
  bios: { help: 'boot with BIOS firmware' },
  iso: { help: 'PATH is an ISO image, else it is an error; it is found out anyway' },
  'secure-boot': { help: 'boot with UEFI firmware that enforces Secure Boot' },
  vars: { value: 'FILE', help: "the firmware's variables, kept in FILE (default: NAME-vars.fd or none, for this run)" },
  fw: { value: 'CODE:VARS', help: 'the files of another UEFI firmware and its empty variables' },
  tpm: { help: 'add a TPM 2.0 (swtpm), new for this run' },
  'tpm-state': { value: 'DIR', help: 'the same, its state kept in DIR' },
  data: { value: 'STRING', help: 'metadata for the guest, on a CD with the one file /config' },
  'data-file': { value: 'FILE', help: 'the same, from a file' },
  accel: { value: 'kvm|tcg|auto', help: 'accelerator (default auto: KVM when a probe guest ran, TCG otherwise)' },
  machine: { value: 'TYPE', help: 'QEMU machine type (default q35); microvm only with KVM' },
  name: { value: 'NAME', help: 'what `tskit ctl --name` calls the machine (default: the name of the build)' },
  print: { help: 'print the QEMU command and do not run it' },
  ...cacheOption,
};

/** Those that say how it boots. */
export function bootOptions(invocation: Invocation): BootOptions {
  const firmware = invocation.one('fw');
  const variables = invocation.one('vars');
  return {
    uefi: invocation.flag('uefi') || variables !== undefined,
    bios: invocation.flag('bios'),
    iso: invocation.flag('iso'),
    secureBoot: invocation.flag('secure-boot'),
    snapshot: invocation.flag('snapshot'),
    ...(firmware !== undefined && { firmware }),
    ...(variables !== undefined && { variables }),
  };
}
