// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// oxlint-disable-next-line typescript/triple-slash-reference
/// <reference path="../../../init/sys.d.ts" />
import * as sys from 'tskit:sys';
import { check, equal, failed, fails, inChild, ok, rejects } from '../check.ts';

const AT_FDCWD = -100;
const RLIMIT_NOFILE = 7;
const RLIMIT_CORE = 4;
const RLIM_INFINITY = 0xffff_ffff_ffff_ffffn;
const CLONE_NEWUTS = 0x4000000;

/** A line of /proc/self/status. */
function statusLine(name: string): string {
  const fd = sys.openat(AT_FDCWD, '/proc/self/status', 0, 0);
  const buffer = new Uint8Array(8192);
  const text = sys.decodeUtf8(buffer.subarray(0, sys.read(fd, buffer)));
  sys.close(fd);
  return new RegExp(`^${name}:\\s*(.*?)\\s*$`, 'm').exec(text)?.[1] ?? '';
}

function ids(): void {
  check('ids and groups are set for good', () => {
    const status = inChild(0, () => {
      sys.setgroups([5, 4000000000]);
      sys.setresgid(100, 101, 102);
      sys.setresuid(1000, 1001, 1002);
      equal([sys.geteuid(), sys.getegid()], [1001, 101]);
      equal(statusLine('Uid').split(/\s+/).slice(0, 3), ['1000', '1001', '1002']);
      equal(statusLine('Gid').split(/\s+/).slice(0, 3), ['100', '101', '102']);
      equal(statusLine('Groups'), '5 4000000000');
      equal([sys.getuid(), sys.getgid(), sys.getgroups()], [1000, 100, [5, 4000000000]]);
      fails('EPERM', 'setresuid', () => sys.setresuid(0, 0, 0));
      fails('EPERM', 'setresgid', () => sys.setresgid(0, 0, 0));
      fails('EPERM', 'setgroups', () => sys.setgroups([]));
      return 1;
    });
    equal(status, 1);
  });
  check('-1 leaves an id as it is', () => {
    const status = inChild(0, () => {
      sys.setresuid(-1, 7, -1);
      equal(statusLine('Uid').split(/\s+/).slice(0, 3), ['0', '7', '0']);
      rejects('TypeError', () => sys.setresuid(-2, 0, 0));
      rejects('TypeError', () => sys.setgroups([1.5]));
      return 2;
    });
    equal(status, 2);
  });
}

function capabilities(): void {
  check('capabilities above 31 are kept', () => {
    const before = sys.capget();
    ok(before.permitted >> 32n > 0n, 'capabilities in the upper half');
    const status = inChild(0, () => {
      const wanted = (1n << 39n) | (1n << 8n) | 1n;
      sys.capset({ effective: 1n, permitted: wanted, inheritable: 1n << 39n });
      equal(sys.capget(), { effective: 1n, permitted: wanted, inheritable: 1n << 39n });
      equal(statusLine('CapPrm'), wanted.toString(16).padStart(16, '0'));
      fails('EPERM', 'capset', () => sys.capset(before));
      return 3;
    });
    equal(status, 3);
  });
}

function limits(): void {
  check('limits keep all their digits', () => {
    const status = inChild(0, () => {
      sys.prlimit(0, RLIMIT_CORE, 9007199254740993n, RLIM_INFINITY);
      equal(sys.getrlimit(RLIMIT_CORE), { soft: 9007199254740993n, hard: RLIM_INFINITY });
      sys.prlimit(0, RLIMIT_NOFILE, 64n, 128n);
      equal(sys.getrlimit(RLIMIT_NOFILE), { soft: 64n, hard: 128n });
      const other = inChild(0, () => (sys.getrlimit(RLIMIT_NOFILE, sys.getppid()).soft === 64n ? 1 : 0));
      equal(other, 1);
      fails('ESRCH', 'getrlimit', () => sys.getrlimit(RLIMIT_NOFILE, 2 ** 30));
      fails('EINVAL', 'prlimit', () => sys.prlimit(0, RLIMIT_NOFILE, 2n, 1n));
      fails('EINVAL', 'getrlimit', () => sys.getrlimit(99));
      return 4;
    });
    equal(status, 4);
  });
  check('a bigint of more than 64 bits is refused', () => {
    rejects('TypeError', () => sys.prlimit(0, RLIMIT_CORE, 1n << 64n, RLIM_INFINITY));
    rejects('TypeError', () => sys.prlimit(0, RLIMIT_CORE, -(1n << 63n) - 1n, RLIM_INFINITY));
  });
}

function names(): void {
  check('host and domain name are set', () => {
    const status = inChild(CLONE_NEWUTS, () => {
      sys.sethostname('box');
      sys.setdomainname('example.com');
      fails('EINVAL', 'sethostname', () => sys.sethostname('x'.repeat(65)), 'x'.repeat(65));
      fails('EINVAL', 'setdomainname', () => sys.setdomainname('x'.repeat(65)), 'x'.repeat(65));
      const fd = sys.openat(AT_FDCWD, '/proc/sys/kernel/hostname', 0, 0);
      const buffer = new Uint8Array(100);
      equal(sys.decodeUtf8(buffer.subarray(0, sys.read(fd, buffer))), 'box\n');
      const { sysname, nodename, release, version, machine } = sys.uname();
      equal([sysname, nodename], ['Linux', 'box']);
      ok(/^[0-9]+\.[0-9]/.test(release) && version !== '' && /^(x86_64|aarch64)$/.test(machine), 'a kernel');
      return 5;
    });
    equal(status, 5);
  });
}

export default function main(): number {
  ids();
  capabilities();
  limits();
  names();
  return failed();
}
