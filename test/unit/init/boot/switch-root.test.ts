// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, it } from 'vitest';
import { switchRoot } from '../../../../init/boot/switch-root.ts';
import { DT_DIR, DT_REG, MNT_DETACH, MS_MOVE } from '../../../../init/linux.ts';
import type { Sys } from '../../../../init/sys.ts';
import { FakeSys } from '../../../support/fake-sys.ts';

/** An initramfs of these folders, with the new root mounted at /root: names by folder, those that end in "/" are folders. */
function initramfs(folders: Readonly<Record<string, readonly string[]>>, mounted: readonly string[]) {
  const fake = new FakeSys();
  const calls = fake.calls;
  const paths = ['/'];
  const pathAt = (fd: number, name: string): string =>
    `${fd < 0 ? '' : (paths[fd] ?? '')}/${name}`.replaceAll('//', '/');
  const overrides: Partial<Sys> = {
    openat: (fd, path) => paths.push(pathAt(fd, path)) - 1,
    close: () => undefined,
    readdir: (fd) =>
      (folders[paths[fd] ?? ''] ?? []).map((name) => ({
        name: name.replace('/', ''),
        type: name.endsWith('/') ? DT_DIR : DT_REG,
      })),
    statx: (fd, path, flags) => {
      const stat = fake.sys.statx(fd, '/', flags);
      return { ...stat, dev: mounted.includes(pathAt(fd, path)) ? 2n : 1n };
    },
    unlinkat: (fd, name) => {
      calls.push(`unlinkat ${pathAt(fd, name)}`);
    },
  };
  const sys = new Proxy(fake.sys, { get: (target, name: keyof Sys) => overrides[name] ?? target[name] });
  return { fake, sys };
}

describe('leaving the initramfs', () => {
  it('frees all of it, and nothing that is mounted, before the new root is moved onto /', () => {
    const folders = {
      '/': ['init', 'lib/', 'root/'],
      '/lib': ['a.ko', 'deep/'],
      '/lib/deep': ['b.ko'],
      '/root': ['precious'],
    };
    const { fake, sys } = initramfs(folders, ['/root']);
    switchRoot(sys, '/root', ['/proc', '/dev']);
    expect(fake.calls).toEqual([
      `umount2 /dev ${MNT_DETACH}`,
      `umount2 /proc ${MNT_DETACH}`,
      'chdir /root',
      'unlinkat /init',
      'unlinkat /lib/a.ko',
      'unlinkat /lib/deep/b.ko',
      'unlinkat /lib/deep',
      'unlinkat /lib',
      `mount . /  ${MS_MOVE} `,
      'chroot .',
      'chdir /',
    ]);
  });

  it('removes nothing from a root that is no initramfs', () => {
    const { fake, sys } = initramfs({ '/': ['etc/'] }, []);
    fake.rootType = 0xef53;
    expect(() => switchRoot(sys, '/root', ['/proc'])).toThrow('expected / to be an initramfs');
    expect(fake.calls).toEqual([]);
  });
});
