// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { checkSysctl, sysctlFile } from '../../../../../init/container/namespace/sysctl.ts';

describe('sysctl keys', () => {
  test.each([
    ['net.ipv4.ip_forward', 'net/ipv4/ip_forward'],
    ['net/ipv4/conf/eth0.1/mtu', 'net/ipv4/conf/eth0.1/mtu'],
    ['kernel.shmmax', 'kernel/shmmax'],
  ])('%s is the file %s', (key, file) => {
    expect(sysctlFile(key)).toBe(file);
  });

  test.each([
    ['net.core.somaxconn', 'network'],
    ['kernel.msgmax', 'ipc'],
    ['fs.mqueue.msg_max', 'ipc'],
    ['kernel.domainname', 'uts'],
  ])('%s needs an own %s namespace, new or joined', (key, type) => {
    expect(() => checkSysctl({ [key]: '1' }, () => 'host')).toThrow(`its own ${type} namespace`);
    expect(() => checkSysctl({ [key]: '1' }, (asked) => (asked === type ? 'new' : 'host'))).not.toThrow();
    expect(() => checkSysctl({ [key]: '1' }, (asked) => (asked === type ? 'joined' : 'host'))).not.toThrow();
  });

  test.each(['vm.swappiness', 'kernel.hostname', 'kernel.core_pattern', 'fs.file-max'])('%s is refused', (key) => {
    expect(() => checkSysctl({ [key]: '1' }, () => 'new')).toThrow('belongs to no namespace');
  });

  test('a key that climbs out is refused', () => {
    expect(() => checkSysctl({ 'net/../kernel/core_pattern': '|/x' }, () => 'new')).toThrow('leaves /proc/sys');
  });
});
