// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// oxlint-disable-next-line typescript/triple-slash-reference
/// <reference path="../../../init/sys.d.ts" />
import * as sys from 'tskit:sys';
import { check, equal, failed, fails, inChild, ok, rejects } from '../check.ts';

const AT_FDCWD = -100;
const CLONE_VM = 0x100;
const CLONE_PIDFD = 0x1000;
const CLONE_NEWNS = 0x20000;
const CLONE_NEWUTS = 0x4000000;
const CLONE_NEWPID = 0x20000000;
const SIGTERM = 15;
const SIGCHLD = 17;
const WNOHANG = 1;
const PR_SET_DUMPABLE = 4;
const PR_GET_DUMPABLE = 3;
const EPOLLIN = 1;

/** What a program writes, run with its standard output on a pipe. */
function outputOf(start: () => never): string {
  const [reader, writer] = sys.pipe2(0);
  inChild(0, () => {
    sys.dup3(writer, 1, 0);
    return start();
  });
  sys.close(writer);
  const buffer = new Uint8Array(4096);
  const length = sys.read(reader, buffer);
  sys.close(reader);
  return sys.decodeUtf8(buffer.subarray(0, length));
}

function children(): void {
  check('a child goes on in TypeScript and its status is waited for', () => {
    equal(
      inChild(0, () => 42),
      42,
    );
  });
  check('a new PID namespace begins with 1 and its crash is an ordinary end', () => {
    equal(
      inChild(CLONE_NEWPID, () => (sys.getpid() === 1 ? 11 : 0)),
      11,
    );
  });
  check('a child without end is seen by its pidfd and killed through it', () => {
    const { pid, pidfd } = sys.clone3({ flags: CLONE_PIDFD, exitSignal: SIGCHLD });
    if (pid === 0) for (;;) sys.nanosleep(1e9);
    equal(sys.wait4(pid, WNOHANG), { pid: 0, status: 0 });
    sys.pidfdSendSignal(pidfd, SIGTERM);
    const epoll = sys.epollCreate();
    sys.epollCtl(epoll, 1, pidfd, EPOLLIN);
    equal(sys.epollWait(epoll, 5000), [{ fd: pidfd, events: EPOLLIN }]);
    equal(sys.wait4(pid, 0), { pid, status: SIGTERM });
    fails('ESRCH', 'pidfd_send_signal', () => sys.pidfdSendSignal(pidfd, SIGTERM));
    sys.close(epoll);
    sys.close(pidfd);
  });
  check("a descriptor of another process is taken by the other's number", () => {
    const [reader, writer] = sys.pipe2(0);
    const { pid, pidfd } = sys.clone3({ flags: CLONE_PIDFD, exitSignal: SIGCHLD });
    if (pid === 0) for (;;) sys.nanosleep(1e9);
    sys.close(writer);
    const taken = sys.pidfdGetfd(pidfd, writer, 0);
    sys.kill(pid, 9);
    sys.wait4(pid, 0);
    sys.write(taken, sys.encodeUtf8('x'));
    equal(sys.read(reader, new Uint8Array(2)), 1);
    fails('ESRCH', 'pidfd_getfd', () => sys.pidfdGetfd(pidfd, writer, 0));
    for (const fd of [reader, taken, pidfd]) sys.close(fd);
  });
  check('pidfd_open and kill name a process by number', () => {
    const { pid } = sys.clone3({ flags: 0, exitSignal: SIGCHLD });
    if (pid === 0) for (;;) sys.nanosleep(1e9);
    sys.close(sys.pidfdOpen(pid, 0));
    sys.kill(pid, 9);
    equal(sys.wait4(pid, 0), { pid, status: 9 });
    fails('ESRCH', 'kill', () => sys.kill(pid, 0));
    fails('ESRCH', 'pidfd_open', () => sys.pidfdOpen(pid, 0));
  });
  check('a parent knows its child and the child its parent', () => {
    const parent = sys.getpid();
    equal(
      inChild(0, () => (sys.getppid() === parent ? 1 : 0)),
      1,
    );
  });
  check('memory cannot be shared with a child', () => {
    rejects('TypeError', () => sys.clone3({ flags: CLONE_VM, exitSignal: SIGCHLD }));
    fails('EINVAL', 'clone3', () => sys.clone3({ flags: 0, exitSignal: 1000 }));
    fails('EBADF', 'clone3', () => sys.clone3({ flags: 0, exitSignal: SIGCHLD, cgroupFd: 999 }));
    fails('ECHILD', 'wait4', () => sys.wait4(-1, 0));
  });
}

function programs(): void {
  check('a program gets the arguments and the environment it is given, byte by byte', () => {
    const script = 'printf %s "$0|$1|$VALUE"';
    const found = outputOf(() => sys.execve('/bin/sh', ['sh', '-c', script, 'zero', 'o\udcffe'], ['VALUE=\u00e9']));
    equal(found, 'zero|o\udcffe|\u00e9');
  });
  check('a program that is not there or none is reported', () => {
    fails('ENOENT', 'execve', () => sys.execve('/nonesuch', ['x'], []), '/nonesuch');
    fails('EACCES', 'execve', () => sys.execve('/', ['x'], []), '/');
    rejects('TypeError', () => sys.execve('/bin/true', ['a\0b'], []));
    rejects('TypeError', () => sys.execve('/bin/true', 'true' as unknown as string[], []));
  });
}

function surroundings(): void {
  check('sessions', () => {
    equal(
      inChild(0, () => (sys.setsid() === sys.getpid() ? 1 : 0)),
      1,
    );
    const status = inChild(0, () => {
      sys.setsid();
      fails('EPERM', 'setsid', () => sys.setsid());
      return 2;
    });
    equal(status, 2);
  });
  check('namespaces are left and joined', () => {
    const status = inChild(0, () => {
      const original = sys.openat(AT_FDCWD, '/proc/self/ns/uts', 0, 0);
      const before = sys.readlinkat(AT_FDCWD, '/proc/self/ns/uts');
      sys.unshare(CLONE_NEWUTS);
      ok(sys.readlinkat(AT_FDCWD, '/proc/self/ns/uts') !== before, 'another namespace');
      sys.setns(original, CLONE_NEWUTS);
      equal(sys.readlinkat(AT_FDCWD, '/proc/self/ns/uts'), before);
      fails('EINVAL', 'setns', () => sys.setns(original, CLONE_NEWNS));
      fails('EINVAL', 'unshare', () => sys.unshare(1));
      return 6;
    });
    equal(status, 6);
  });
  check('prctl and personality', () => {
    const before = sys.prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
    sys.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    equal(sys.prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 0);
    sys.prctl(PR_SET_DUMPABLE, before, 0, 0, 0);
    fails('EINVAL', 'prctl', () => sys.prctl(9999, 0, 0, 0, 0));
    equal(sys.personality(0xffffffff), 0);
    rejects('TypeError', () => sys.personality(2 ** 32));
  });
}

export default function main(): number {
  children();
  programs();
  surroundings();
  return failed();
}
