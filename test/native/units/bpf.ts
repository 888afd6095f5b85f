// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// oxlint-disable-next-line typescript/triple-slash-reference
/// <reference path="../../../init/sys.d.ts" />
import * as sys from 'tskit:sys';
import { check, equal, failed, fails, rejects } from '../check.ts';

const AT_FDCWD = -100;
const BPF_PROG_TYPE_CGROUP_DEVICE = 15;
const BPF_CGROUP_DEVICE = 6;
const O_RDONLY = 0;
const AT_REMOVEDIR = 0x200;

/** r0 = 1; exit: allows every device. */
const allowAll = Uint8Array.from([0xb7, 0, 0, 0, 1, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0]);

export default function main(): number {
  check('a device program is loaded and attached to a cgroup', () => {
    sys.mkdirat(AT_FDCWD, 'cgroup', 0o755);
    sys.mount('none', 'cgroup', 'cgroup2', 0, null);
    const name = `cgroup/tskit-bindings-${sys.getpid()}`;
    sys.mkdirat(AT_FDCWD, name, 0o755);
    try {
      const cgroup = sys.openat(AT_FDCWD, name, O_RDONLY, 0);
      const program = sys.bpfProgLoad(BPF_PROG_TYPE_CGROUP_DEVICE, allowAll, 'Apache-2.0');
      equal(sys.fcntl(program, 1, 0), 1);
      sys.bpfProgAttach(cgroup, program, BPF_CGROUP_DEVICE, 0);
      sys.close(program);
      sys.close(cgroup);
    } finally {
      sys.unlinkat(AT_FDCWD, name, AT_REMOVEDIR);
      sys.umount2('cgroup', 0);
    }
  });
  check('a program that does not end is refused', () => {
    const endless = allowAll.subarray(0, 8);
    fails('EINVAL', 'bpf', () => sys.bpfProgLoad(BPF_PROG_TYPE_CGROUP_DEVICE, endless, 'GPL'), 'BPF_PROG_LOAD');
    fails('EBADF', 'bpf', () => sys.bpfProgAttach(999, 998, BPF_CGROUP_DEVICE, 0), 'BPF_PROG_ATTACH');
    rejects('TypeError', () => sys.bpfProgLoad(BPF_PROG_TYPE_CGROUP_DEVICE, allowAll, 'a\0b'));
    const half = new Uint8Array([...allowAll, 0x95]);
    rejects('RangeError', () => sys.bpfProgLoad(BPF_PROG_TYPE_CGROUP_DEVICE, half, 'GPL'));
  });
  return failed();
}
