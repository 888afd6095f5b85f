// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// oxlint-disable-next-line typescript/triple-slash-reference
/// <reference path="../../../init/sys.d.ts" />
import * as sys from 'tskit:sys';
import { check, equal, failed, fails, inChild, rejects } from '../check.ts';

const PR_SET_NO_NEW_PRIVS = 38;
const PR_SET_DUMPABLE = 4;
const SECCOMP_RET_ALLOW = 0x7fff0000;
const SECCOMP_RET_ERRNO = 0x00050000;
const SECCOMP_FILTER_FLAG_NEW_LISTENER = 8;
const BPF_LOAD_WORD = 0x20;
const BPF_JUMP_IF_EQUAL = 0x15;
const BPF_RETURN = 0x06;
const F_GETFD = 1;
const FD_CLOEXEC = 1;

/** struct sock_filter: code (16 bits), two jumps (8 bits), a value (32 bits). */
function program(
  ...instructions: readonly [code: number, ifTrue: number, ifFalse: number, value: number][]
): Uint8Array {
  const bytes = new Uint8Array(8 * instructions.length);
  const view = new DataView(bytes.buffer);
  for (const [index, [code, ifTrue, ifFalse, value]] of instructions.entries()) {
    view.setUint16(8 * index, code, true);
    view.setUint8(8 * index + 2, ifTrue);
    view.setUint8(8 * index + 3, ifFalse);
    view.setUint32(8 * index + 4, value, true);
  }
  return bytes;
}

/** Fails prctl(PR_SET_DUMPABLE) with errno 7 (E2BIG), by its first argument, and allows everything else. */
const refusing: Uint8Array = program(
  [BPF_LOAD_WORD, 0, 0, 16],
  [BPF_JUMP_IF_EQUAL, 0, 1, PR_SET_DUMPABLE],
  [BPF_RETURN, 0, 0, SECCOMP_RET_ERRNO | 7],
  [BPF_RETURN, 0, 0, SECCOMP_RET_ALLOW],
);

/** Ends with 3 when a filter is loaded and CAP_KILL is all that is inherited. */
const script =
  'while read -r name value; do case $name in Seccomp:) filter=$value;; CapInh:) sets=$value;; esac; done \
  < /proc/self/status; test "$filter" = 2 && test "$sets" = 0000000000000020 && exit 3';

export default function main(): number {
  check('a filter decides over the calls that come after it', () => {
    const status = inChild(0, () => {
      sys.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
      equal(sys.seccompSetFilter(0, refusing), 0);
      fails('E2BIG', 'prctl', () => sys.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
      return 1;
    });
    equal(status, 1);
  });
  check('a listener is a descriptor that an execve closes', () => {
    const status = inChild(0, () => {
      sys.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
      const listener = sys.seccompSetFilter(SECCOMP_FILTER_FLAG_NEW_LISTENER, refusing);
      equal(sys.fcntl(listener, F_GETFD, 0), FD_CLOEXEC);
      return 2;
    });
    equal(status, 2);
  });
  check('a program starts under its filter, with the capabilities that it is given last', () => {
    const status = inChild(0, () =>
      sys.seccompExecve(
        0,
        refusing,
        { effective: 0n, permitted: 1n << 5n, inheritable: 1n << 5n },
        '/bin/sh',
        ['sh', '-c', script],
        [],
      ),
    );
    equal(status, 3);
  });
  check('what fails on the way to a filtered program is told by its call', () => {
    const none = new Uint8Array(0);
    const detail = 'SECCOMP_SET_MODE_FILTER';
    fails('EINVAL', 'seccomp', () => sys.seccompExecve(0, none, null, '/bin/sh', [], []), detail);
    equal(
      inChild(0, () => {
        fails('ENOENT', 'execve', () => sys.seccompExecve(0, refusing, null, '/missing', [], []), '/missing');
        return 6;
      }),
      6,
    );
    const more = { effective: 0n, permitted: 1n << 60n, inheritable: 1n << 60n };
    equal(
      inChild(0, () => {
        sys.capset({ effective: 1n << 21n, permitted: 1n << 21n, inheritable: 0n });
        fails('EPERM', 'capset', () => sys.seccompExecve(0, refusing, { ...more, permitted: 1n }, '/bin/sh', [], []));
        return 5;
      }),
      5,
    );
  });
  check('a program that the kernel does not take is refused, and none is cut to fit', () => {
    const detail = 'SECCOMP_SET_MODE_FILTER';
    fails('EINVAL', 'seccomp', () => sys.seccompSetFilter(0, program([BPF_LOAD_WORD, 0, 0, 16])), detail);
    fails('EINVAL', 'seccomp', () => sys.seccompSetFilter(0, new Uint8Array(0)), detail);
    rejects('RangeError', () => sys.seccompSetFilter(0, new Uint8Array(7)));
    rejects('RangeError', () => sys.seccompSetFilter(0, new Uint8Array(8 * 65_537)));
  });
  return failed();
}
