// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { parseHierarchies } from '../../../../../init/container/root/mount-cgroup.ts';

test('lines of /proc/PID/cgroup are folders, what mounts of them take, and paths', () => {
  expect(parseHierarchies('4:cpu,cpuacct:/a:b\n3:memory:/\n1:name=systemd:/user.slice\n0::/c\n')).toEqual([
    { name: 'cpu,cpuacct', parameters: ['cpu', 'cpuacct'], path: '/a:b' },
    { name: 'memory', parameters: ['memory'], path: '/' },
    { name: 'systemd', parameters: ['none', 'name=systemd'], path: '/user.slice' },
    { name: 'unified', parameters: [], path: '/c' },
  ]);
});
