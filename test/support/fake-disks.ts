// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Sys } from '../../init/sys.ts';
import { type FakeSys, FakeSysError } from './fake-sys.ts';

/** A disk of a fake machine. */
export interface FakeDisk {
  readonly content: Buffer;
  /** "254:0" */
  readonly number: string;
  /** Those that the kernel knows, by their numbers, in sectors of 512 bytes. */
  readonly partitions?: Readonly<Record<number, { readonly start: number; readonly size: number }>>;
  /** What reading it fails with. */
  readonly error?: string;
}

/** An ioctl with a structure, as it was called. */
export interface StructureCall {
  readonly request: number;
  readonly bytes: Buffer;
}

/** A fake machine with disks in /sys/block and /dev, by their names, which records ioctls with structures and answers with device 252:7. */
export function withDisks(
  fake: FakeSys,
  disks: Readonly<Record<string, FakeDisk>>,
): { readonly sys: Sys; readonly ioctls: readonly StructureCall[] } {
  const contents = new Map<string, { readonly bytes: Buffer; readonly error?: string }>();
  for (const [name, { content, number, partitions = {}, error }] of Object.entries(disks)) {
    const folder = `/sys/block/${name}`;
    fake.files.set(`${folder}/size`, `${content.length / 512}\n`);
    fake.files.set(`${folder}/dev`, `${number}\n`);
    contents.set(`/dev/${name}`, { bytes: content, ...(error !== undefined && { error }) });
    for (const [index, { start, size }] of Object.entries(partitions)) {
      const part = `${folder}/${name}${index}`;
      fake.files.set(`${part}/partition`, `${index}\n`);
      fake.files.set(`${part}/start`, `${start}\n`);
      fake.files.set(`${part}/size`, `${size}\n`);
      fake.files.set(`${part}/dev`, `${number.split(':')[0]}:${index}\n`);
      contents.set(`/dev/${name}${index}`, { bytes: content.subarray(start * 512, (start + size) * 512) });
    }
  }
  const ioctls: StructureCall[] = [];
  const firstFd = 5000;
  const opened: string[] = [];
  const overrides: Partial<Sys> = {
    openat: (dirfd, path, flags, mode) => {
      // Through a mapped device the whole first disk is read: what is behind its start does not matter here.
      const known = contents.has(path) || path.startsWith('/dev/dm-') || path === '/dev/mapper/control';
      return known ? firstFd + opened.push(path) - 1 : fake.sys.openat(dirfd, path, flags, mode);
    },
    close: (fd) => (fd >= firstFd ? undefined : fake.sys.close(fd)),
    pread: (fd, buffer, offset) => {
      const path = opened[fd - firstFd] ?? '';
      // As the binding does.
      if (offset >= 2 ** 63) throw new TypeError('expected an integer of 64 bits');
      const device = contents.get(path) ?? mapped();
      if (device?.error !== undefined) throw new FakeSysError('pread', path, device.error);
      const part = device?.bytes.subarray(offset, offset + buffer.length) ?? Buffer.alloc(0);
      buffer.set(part);
      return part.length;
    },
    ioctlBytes: (_fd, request, bytes) => {
      ioctls.push({ request, bytes: Buffer.from(bytes) });
      new DataView(bytes.buffer, bytes.byteOffset).setUint32(40, (252 << 8) | 7, true);
      return 0;
    },
  };
  /** What the table of a linear device leads to. */
  function mapped(): { readonly bytes: Buffer; readonly error?: string } | undefined {
    const table = ioctls.findLast(({ bytes }) => bytes.includes('linear'));
    const [number, start] = (table?.bytes.toString('latin1', 312 + 40).split('\0')[0] ?? '').split(' ');
    const disk = Object.values(disks).find((each) => each.number === number);
    return disk && { bytes: disk.content.subarray(Number(start) * 512) };
  }
  const sys = new Proxy(fake.sys, {
    get: (target, name: keyof Sys) => overrides[name] ?? target[name],
  });
  return { sys, ioctls };
}
