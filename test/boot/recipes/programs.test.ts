// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe } from 'vitest';
import { proveRecipes } from '../../support/recipe-proof/prove.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const folder = temporaryFolder();
const disk = join(folder.path, 'disk');
afterAll(() => folder[Symbol.dispose]());
writeFileSync(disk, '');
truncateSync(disk, 8 * 1024 ** 2);
execFileSync('mkfs.ext4', ['-q', '-L', 'DATA', disk]);

describe("an image that is one program of tskit's", () => {
  proveRecipes(
    [
      {
        recipe: 'sysctl',
        section: 'onboot',
        entry: { binds: ['/etc/sysctl.d:/etc/sysctl.d'] },
        before: `
          sysctl -w net.ipv4.ip_forward=0 kernel.dmesg_restrict=0 net.ipv4.conf.eth0.log_martians=0 net.ipv4.conf.lo.log_martians=0`,
        done: `
          [ "$(sysctl -n net.ipv4.ip_forward kernel.dmesg_restrict vm.max_map_count | tr '\\n' ' ')" = '1 1 1048576 ' ]
          [ "$(sysctl -n net.ipv4.conf.eth0.log_martians net.ipv4.conf.lo.log_martians | tr '\\n' ' ')" = '1 0 ' ]`,
        without: {
          CAP_NET_ADMIN: { said: '10-mine.conf:1: net.ipv4.ip_forward = 1: .* found no permission' },
          CAP_SYS_ADMIN: { said: '00-tskit.conf:[0-9]+: kernel.dmesg_restrict = 1: .* found no permission' },
        },
      },
      {
        recipe: 'sysfs',
        section: 'onboot',
        entry: { binds: ['/etc/sysfs.d:/etc/sysfs.d'] },
        before: `
          echo always > /sys/kernel/mm/transparent_hugepage/enabled
          echo 5 > /sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs`,
        done: `
          grep -F '[madvise]' /sys/kernel/mm/transparent_hugepage/enabled
          grep -x 12345 /sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs
          grep -x 12345 /sys/kernel/mm/transparent_hugepage/khugepaged/alloc_sleep_millisecs`,
        without: {},
      },
      {
        recipe: 'modprobe',
        section: 'onboot',
        entry: { command: ['modprobe', '-a', 'vsock_loopback', 'dummy', 'numdummies=3'] },
        before: 'rmmod vsock_loopback dummy || true',
        done: `
          grep '^vsock_loopback ' /proc/modules
          [ -e /sys/class/net/dummy2 ]`,
        without: { CAP_SYS_MODULE: { said: 'modprobe: module dummy: .*EPERM' } },
      },
      // From TCP to this machine's own vsock, and from there to a server.
      {
        recipe: 'vsock-proxy',
        section: 'services',
        entry: {
          command: [
            '/usr/bin/vsock-proxy',
            '-inport',
            '7000:tcp:127.0.0.1:8080',
            'tcp:127.0.0.1:7001=vsock:1:7000',
            'unix:/run/front=vsock:1:7000',
          ],
          binds: ['/run:/run'],
        },
        done: `
          wget -q -O - http://127.0.0.1:7001/ | grep 'over vsock'
          [ -S /run/front ]`,
        without: {},
      },
      {
        recipe: 'losetup',
        section: 'onboot',
        entry: { command: ['/usr/bin/loopy', '--create', '--size', '2', '-d', '/dev/loop3', '/var/file'] },
        before: 'rm -f /var/file',
        done: `
          grep -x 4096 /sys/block/loop3/size
          grep '/file$' /sys/block/loop3/loop/backing_file`,
        without: {},
      },
      {
        recipe: 'mount',
        section: 'onboot',
        entry: { command: ['/usr/bin/mountie', '-label', 'DATA', '-options', 'noatime', '/var/data'] },
        done: `
          grep -E '^/dev/vda /var/data ext4 rw,.*noatime' /proc/1/mounts
          ls /dev/disk/by-uuid | grep -E '^[0-9a-f]{8}-'`,
        without: { CAP_SYS_ADMIN: { said: 'mounting /dev/vda, ext4, on "/var/data": mount .*: EPERM' } },
      },
    ],
    {
      services: [
        {
          name: 'pages',
          image: 'pkg:busybox',
          command: ['httpd', '-f', '-p', '8080', '-h', '/srv'],
          binds: ['/etc/srv:/srv'],
        },
      ],
      files: [
        { path: 'etc/srv/index.html', contents: 'over vsock\n' },
        {
          path: 'etc/sysfs.d/10-mine.conf',
          contents: 'kernel/mm/transparent_hugepage/khugepaged/*_sleep_millisecs = 12345\n',
        },
        {
          path: 'etc/sysctl.d/10-mine.conf',
          contents: 'net.ipv4.ip_forward = 1\nnet.ipv4.conf.*.log_martians=1\n-net.ipv4.conf.lo.log_martians\n',
        },
      ],
    },
    { qemuArgs: ['-drive', `file=${disk},format=raw,if=virtio`] },
  );
});
