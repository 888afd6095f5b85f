// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// oxlint-disable-next-line typescript/triple-slash-reference
/// <reference path="../../../init/sys.d.ts" />
import * as sys from 'tskit:sys';
import { check, equal, failed, fails, inChild, ok, rejects } from '../check.ts';

const AT_FDCWD = -100;
const SCHED_BATCH = 3;
const SCHED_DEADLINE = 6;
const IOPRIO_WHO_PROCESS = 1;
const IOPRIO_CLASS_SHIFT = 13;
const IOPRIO_CLASS_IDLE = 3;
const MPOL_BIND = 2;

function readText(path: string): string {
  const fd = sys.openat(AT_FDCWD, path, 0, 0);
  const buffer = new Uint8Array(8192);
  const text = sys.decodeUtf8(buffer.subarray(0, sys.read(fd, buffer)));
  sys.close(fd);
  return text;
}

/** Fields of /proc/self/stat after the command's name; the third of proc(5) is the first here. */
function statFields(): string[] {
  const text = readText('/proc/self/stat');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function policies(): void {
  check('a policy and a nice value are set', () => {
    const status = inChild(0, () => {
      sys.schedSetattr(0, { policy: SCHED_BATCH, nice: 7 }, 0);
      const fields = statFields();
      equal([fields[16], fields[38]], ['7', String(SCHED_BATCH)]);
      return 1;
    });
    equal(status, 1);
  });
  check('times of a deadline reach the kernel as 64 bits', () => {
    const wrong = { policy: SCHED_DEADLINE, runtime: 1n << 63n, deadline: 1n, period: 1n, flags: 0n, priority: 0 };
    fails('EINVAL', 'sched_setattr', () => sys.schedSetattr(0, wrong, 0));
    rejects('TypeError', () => sys.schedSetattr(0, { policy: 0, runtime: 1n << 64n }, 0));
    fails('ESRCH', 'sched_setattr', () => sys.schedSetattr(2 ** 30, { policy: 0 }, 0));
  });
  check('the priority of input and output is set', () => {
    sys.ioprioSet(IOPRIO_WHO_PROCESS, 0, IOPRIO_CLASS_IDLE << IOPRIO_CLASS_SHIFT);
    fails('EINVAL', 'ioprio_set', () => sys.ioprioSet(IOPRIO_WHO_PROCESS, 0, 7 << IOPRIO_CLASS_SHIFT));
  });
}

function places(): void {
  check('a process is kept to one CPU of those it had', () => {
    const status = inChild(0, () => {
      const before = sys.schedGetaffinity(0);
      const index = before.findIndex((byte) => byte !== 0);
      const byte = before[index] ?? 0;
      const mask = new Uint8Array(before.length);
      mask[index] = byte & -byte;
      sys.schedSetaffinity(0, mask);
      equal(sys.schedGetaffinity(0), mask);
      ok(/^Cpus_allowed_list:\t[0-9]+$/m.test(readText('/proc/self/status')), 'one CPU');
      return 2;
    });
    equal(status, 2);
    fails('EINVAL', 'sched_setaffinity', () => sys.schedSetaffinity(0, new Uint8Array(8)));
    fails('ESRCH', 'sched_getaffinity', () => sys.schedGetaffinity(2 ** 30));
  });
  check('memory is bound to nodes, and only to those that were named', () => {
    const status = inChild(0, () => {
      const nodes = new Uint8Array(8);
      nodes[0] = 1;
      sys.setMempolicy(MPOL_BIND, nodes, 65);
      fails('EINVAL', 'set_mempolicy', () => sys.setMempolicy(99, nodes, 65));
      return 3;
    });
    equal(status, 3);
    rejects('RangeError', () => sys.setMempolicy(MPOL_BIND, new Uint8Array(8), 66));
    rejects('RangeError', () => sys.setMempolicy(MPOL_BIND, new Uint8Array(4), 1));
  });
}

export default function main(): number {
  policies();
  places();
  return failed();
}
