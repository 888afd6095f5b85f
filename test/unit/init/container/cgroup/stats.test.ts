// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import type { CgroupPlace } from '../../../../../init/container/cgroup/place.ts';
import { cgroupStats } from '../../../../../init/container/cgroup/read-stats.ts';
import type { CgroupStats } from '../../../../../init/container/cgroup/stats.ts';
import { parseList } from '../../../../../init/container/cgroup/v1-stats.ts';
import { FakeSys } from '../../../../support/fake-sys.ts';

function stats(place: CgroupPlace, files: Readonly<Record<string, string>>): CgroupStats {
  const fake = new FakeSys();
  for (const [path, text] of Object.entries(files)) fake.files.set(path, text);
  return cgroupStats(fake.sys, place);
}

const v2Files = {
  '/c/cpu.stat':
    'usage_usec 5000\nuser_usec 3000\nsystem_usec 2000\nnr_periods 7\nnr_throttled 3\nthrottled_usec 9007199254740993\n',
  '/c/cpu.pressure':
    'some avg10=1.50 avg60=0.25 avg300=0.00 total=12\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=4\n',
  '/c/memory.stat': 'anon 4096\nfile 8192\n',
  '/c/memory.current': '12288\n',
  '/c/memory.max': '65536\n',
  '/c/memory.peak': '20480\n',
  '/c/memory.events': 'low 0\nhigh 0\nmax 5\noom 1\noom_kill 1\n',
  '/c/memory.swap.current': '100\n',
  '/c/memory.swap.max': '1000\n',
  '/c/pids.current': '3\n',
  '/c/pids.max': 'max\n',
  '/c/io.stat': '8:0 rbytes=10 wbytes=20 rios=1 wios=2 dbytes=0 dios=0\n8:16 rbytes=30\n',
  '/c/hugetlb.2MB.current': '2097152\n',
  '/c/hugetlb.2MB.events': 'max 2\n',
};

describe('what a container uses, in the shape of runc events', () => {
  test('from v2, with memory and swap counted together', () => {
    expect(stats({ v2: '/c' }, v2Files)).toMatchObject({
      cpu: {
        usage: { total: 5_000_000, user: 3_000_000, kernel: 2_000_000 },
        throttling: { periods: 7, throttledPeriods: 3, throttledTime: 9_007_199_254_740_993_000n },
        psi: {
          some: { avg10: 1.5, avg60: 0.25, avg300: 0, total: 12 },
          full: { avg10: 0, avg60: 0, avg300: 0, total: 4 },
        },
      },
      memory: {
        cache: 8192,
        usage: { limit: 65_536, usage: 12_288, max: 20_480, failcnt: 5 },
        swap: { limit: 66_536, usage: 12_388, max: 0, failcnt: 0 },
        raw: { anon: 4096, file: 8192 },
      },
      pids: { current: 3, limit: 0 },
      blkio: {
        ioServiceBytesRecursive: [
          { major: 8, minor: 0, op: 'Read', value: 10 },
          { major: 8, minor: 0, op: 'Write', value: 20 },
          { major: 8, minor: 16, op: 'Read', value: 30 },
        ],
        ioServicedRecursive: [
          { major: 8, minor: 0, op: 'Read', value: 1 },
          { major: 8, minor: 0, op: 'Write', value: 2 },
        ],
      },
      hugetlb: { '2MB': { usage: 2_097_152, failcnt: 2 } },
    });
  });

  test('an unlimited memory is told with all digits', () => {
    const { memory } = stats({ v2: '/c' }, { ...v2Files, '/c/memory.max': 'max\n' });
    expect([memory.usage.limit, memory.swap.limit]).toEqual([18_446_744_073_709_551_615n, 18_446_744_073_709_551_615n]);
  });

  test('processes are counted where the controller is missing', () => {
    expect(stats({ v2: '/c' }, { '/c/cgroup.procs': '11\n12\n' }).pids).toEqual({ current: 2, limit: 0 });
  });

  test('from v1', () => {
    const place = { v1: { cpu: '/cpu', cpuacct: '/cpuacct', memory: '/memory', pids: '/pids', blkio: '/blkio' } };
    const found = stats(place, {
      '/cpu/cpu.stat': 'nr_periods 4\nnr_throttled 2\nthrottled_time 1234\n',
      '/cpuacct/cpuacct.usage': '900\n',
      '/cpuacct/cpuacct.usage_percpu': '500 400 \n',
      '/cpuacct/cpuacct.usage_all': 'cpu user system\n0 300 200\n1 250 150\n',
      '/cpuacct/cpuacct.stat': 'user 2\nsystem 3\n',
      '/memory/memory.stat': 'cache 4096\nrss 1\n',
      '/memory/memory.usage_in_bytes': '5000\n',
      '/memory/memory.limit_in_bytes': '9223372036854771712\n',
      '/memory/memory.memsw.usage_in_bytes': '6000\n',
      '/pids/pids.current': '2\n',
      '/pids/pids.max': '20\n',
      '/blkio/blkio.bfq.io_serviced_recursive': 'Total 0\n',
      '/blkio/blkio.throttle.io_serviced_recursive': '8:0 Read 3\n8:0 Total 3\nTotal 3\n',
      '/blkio/blkio.throttle.io_service_bytes_recursive': '8:0 Read 512\nTotal 512\n',
    });
    expect(found).toMatchObject({
      cpu: {
        usage: {
          total: 900,
          percpu: [500, 400],
          percpu_kernel: [200, 150],
          percpu_user: [300, 250],
          user: 20_000_000,
          kernel: 30_000_000,
        },
        throttling: { periods: 4, throttledPeriods: 2, throttledTime: 1234 },
      },
      memory: {
        cache: 4096,
        usage: { usage: 5000, limit: 9_223_372_036_854_771_712n },
        swap: { usage: 6000 },
      },
      pids: { current: 2, limit: 20 },
      blkio: {
        ioServicedRecursive: [
          { major: 8, minor: 0, op: 'Read', value: 3 },
          { major: 8, minor: 0, op: 'Total', value: 3 },
        ],
        ioServiceBytesRecursive: [{ major: 8, minor: 0, op: 'Read', value: 512 }],
      },
    });
  });

  test('without any cgroup there is nothing', () => {
    expect(stats({}, {})).toMatchObject({
      pids: { current: 0, limit: 0 },
      memory: { raw: {} },
      blkio: {},
      hugetlb: {},
    });
  });

  test('a list of processors is its numbers', () => {
    expect(parseList('0-2,7\n')).toEqual([0, 1, 2, 7]);
    expect(parseList('\n')).toEqual([]);
  });
});
