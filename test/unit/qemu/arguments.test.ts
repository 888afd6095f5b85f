// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { buildArguments, type Machine } from '../../../src/qemu/arguments.ts';
import { parseDisk, parsePublish } from '../../../src/qemu/options.ts';

const machine: Machine = {
  accel: 'tcg',
  machine: 'q35',
  cpus: 2,
  memoryMiB: 512,
  boot: { kind: 'kernel', kernel: 'os-kernel', initrd: 'os-initrd.img', cmdline: 'console=ttyS0' },
  publish: [],
  disks: [],
};

function valueAfter(args: readonly string[], flag: string): string | undefined {
  return args[args.indexOf(flag) + 1];
}

describe('QEMU arguments', () => {
  test('the timer check is turned off under emulation, once', () => {
    expect(valueAfter(buildArguments(machine), '-append')).toBe('console=ttyS0 no_timer_check');
    const already: Machine = {
      ...machine,
      boot: { kind: 'kernel', kernel: 'os-kernel', cmdline: 'no_timer_check console=ttyS0' },
    };
    expect(valueAfter(buildArguments(already), '-append')).toBe('no_timer_check console=ttyS0');
  });

  test('the command line is left alone under KVM', () => {
    expect(valueAfter(buildArguments({ ...machine, accel: 'kvm' }), '-append')).toBe('console=ttyS0');
  });

  test('published ports become forwards of the user network', () => {
    const publish = [parsePublish('8080:80'), parsePublish('0.0.0.0:5353:53/udp')];
    expect(valueAfter(buildArguments({ ...machine, publish }), '-netdev')).toBe(
      'user,id=net0,hostfwd=tcp:127.0.0.1:8080-:80,hostfwd=udp:0.0.0.0:5353-:53',
    );
  });

  test('a comma in a disk path is doubled, so that it is no option of QEMU', () => {
    const disks = [parseDisk('file=a.qcow2')].map((disk) => ({ ...disk, file: '/tmp/a,b.qcow2' }));
    expect(valueAfter(buildArguments({ ...machine, disks }), '-drive')).toBe(
      'if=none,id=disk0,format=qcow2,file=/tmp/a,,b.qcow2',
    );
  });

  test('a root image comes behind the disks of the user, which keep their names', () => {
    const boot = { kind: 'kernel', kernel: 'k', cmdline: '', root: 'root.img' } as const;
    const drives = buildArguments({ ...machine, boot, disks: [parseDisk('data.img')] }).filter((arg) =>
      arg.startsWith('if=none'),
    );
    expect(drives).toEqual([
      'if=none,id=disk0,format=raw,file=data.img',
      'if=none,id=root,format=raw,file=root.img,readonly=on',
    ]);
  });

  test('microvm takes virtio over MMIO instead of PCI', () => {
    const args = buildArguments({ ...machine, machine: 'microvm' });
    expect(args).toContain('virtio-net-device,netdev=net0');
    expect(args.join(' ')).not.toContain('-pci');
  });
});

describe('--publish', () => {
  test.each([
    ['8080:80', { address: '127.0.0.1', host: 8080, guest: 80, protocol: 'tcp' }],
    ['127.0.0.2:1:65535/tcp', { address: '127.0.0.2', host: 1, guest: 65535, protocol: 'tcp' }],
    ['[::1]:8080:80/udp', { address: '[::1]', host: 8080, guest: 80, protocol: 'udp' }],
  ])('%s is understood', (text, expected) => {
    expect(parsePublish(text)).toEqual(expected);
  });

  test.each(['80', '8080:', ':80', '0:80', '8080:65536', '8080:80/sctp', '8080:80,hostfwd=tcp::1-:1', 'host:8080:80'])(
    '%s is a usage error that shows the form',
    (text) => {
      expect(() => parsePublish(text)).toThrow(/expected \[ADDRESS:\]HOST:GUEST/);
    },
  );
});

describe('--disk', () => {
  test.each([
    ['data.img', { file: 'data.img', format: 'raw' }],
    ['data.qcow2,size=512', { file: 'data.qcow2', format: 'qcow2', size: '512M' }],
    ['file=d,size=1G,format=qcow2', { file: 'd', format: 'qcow2', size: '1G' }],
    ['size=1G,file=d', { file: 'd', format: 'raw', size: '1G' }],
  ])('%s is understood', (text, expected) => {
    expect(parseDisk(text)).toEqual(expected);
  });

  test.each(['', 'size=1G', 'd,size=many', 'd,format=vmdk', 'd,cache=none', 'd,size'])(
    '"%s" is a usage error that shows the form',
    (text) => {
      expect(() => parseDisk(text)).toThrow(/expected \[file=\]PATH/);
    },
  );
});
