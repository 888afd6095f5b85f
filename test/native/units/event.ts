// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// oxlint-disable-next-line typescript/triple-slash-reference
/// <reference path="../../../init/sys.d.ts" />
import * as sys from 'tskit:sys';
import { check, equal, failed, fails, inChild, ok, rejects } from '../check.ts';

const SIG_BLOCK = 0;
const SIG_SETMASK = 2;
const SIGUSR1 = 10;
const SIGTERM = 15;
const SIGRTMAX = 64;
const CLOCK_MONOTONIC = 1;
const EPOLLIN = 1;
const EPOLLET = 1 << 31;
const ADD = 1;
const DEL = 2;
const MOD = 3;

function signals(): void {
  check('a blocked signal is read from its descriptor, with its sender', () => {
    sys.sigprocmask(SIG_BLOCK, [SIGUSR1, SIGRTMAX]);
    const fd = sys.signalfd([SIGUSR1, SIGRTMAX]);
    fails('EAGAIN', 'read', () => sys.readSignal(fd), 'signalfd');
    sys.kill(sys.getpid(), SIGRTMAX);
    equal(sys.readSignal(fd), { signal: SIGRTMAX, pid: sys.getpid(), uid: 0 });
    sys.close(fd);
    sys.sigprocmask(SIG_SETMASK, []);
  });
  check('dispositions go back to the default but for those that are ignored', () => {
    const status = inChild(0, () => {
      sys.sigreset([SIGUSR1]);
      sys.kill(sys.getpid(), SIGUSR1);
      sys.kill(sys.getpid(), SIGTERM);
      return 1;
    });
    equal(status, 128 + SIGTERM);
  });
  check('there are signals 1 to 64', () => {
    rejects('RangeError', () => sys.signalfd([0]));
    rejects('RangeError', () => sys.sigprocmask(SIG_BLOCK, [65]));
    rejects('RangeError', () => sys.sigreset([-1]));
    fails('EINVAL', 'rt_sigprocmask', () => sys.sigprocmask(9, []));
    const [reader, writer] = sys.pipe2(0o4000);
    sys.write(writer, new Uint8Array(3));
    fails('EINVAL', 'read', () => sys.readSignal(reader), 'signalfd');
    sys.close(reader);
    sys.close(writer);
  });
  check('a descriptor limit is seen by every call that makes one', () => {
    const status = inChild(0, () => {
      sys.prlimit(0, 7, 3n, 3n);
      fails('EMFILE', 'signalfd4', () => sys.signalfd([SIGUSR1]));
      fails('EMFILE', 'eventfd2', () => sys.eventfd(0));
      fails('EMFILE', 'epoll_create1', () => sys.epollCreate());
      return 2;
    });
    equal(status, 2);
  });
}

function waiting(): void {
  check('epoll reports what is ready and nothing else', () => {
    const epoll = sys.epollCreate();
    const event = sys.eventfd(0);
    sys.epollCtl(epoll, ADD, event, EPOLLIN | EPOLLET);
    equal(sys.epollWait(epoll, 0), []);
    sys.write(event, Uint8Array.from([1, 0, 0, 0, 0, 0, 0, 0]));
    equal(sys.epollWait(epoll, -1), [{ fd: event, events: EPOLLIN }]);
    equal(sys.epollWait(epoll, 0), []);
    sys.epollCtl(epoll, MOD, event, EPOLLIN);
    equal(sys.epollWait(epoll, 0).length, 1);
    sys.epollCtl(epoll, DEL, event, 0);
    equal(sys.epollWait(epoll, 0), []);
    fails('ENOENT', 'epoll_ctl', () => sys.epollCtl(epoll, MOD, event, 0));
    fails('EBADF', 'epoll_wait', () => sys.epollWait(999, 0));
    sys.close(event);
    sys.close(epoll);
  });
  check('a timer fires once its time has come', () => {
    const timer = sys.timerfdCreate(CLOCK_MONOTONIC);
    const buffer = new Uint8Array(8);
    sys.timerfdSettime(timer, 2e9, 0);
    fails('EAGAIN', 'read', () => sys.read(timer, buffer));
    const epoll = sys.epollCreate();
    sys.epollCtl(epoll, ADD, timer, EPOLLIN);
    sys.timerfdSettime(timer, 1e6, 1e6);
    equal(sys.epollWait(epoll, 5000), [{ fd: timer, events: EPOLLIN }]);
    equal(sys.read(timer, buffer), 8);
    sys.timerfdSettime(timer, 0, 0);
    fails('EINVAL', 'timerfd_create', () => sys.timerfdCreate(77));
    fails('EBADF', 'timerfd_settime', () => sys.timerfdSettime(999, 0, 0));
    sys.close(epoll);
    sys.close(timer);
  });
  check('a clock runs and a sleep takes its time', () => {
    const start = sys.clockGettime(CLOCK_MONOTONIC);
    sys.nanosleep(2e6);
    ok(sys.clockGettime(CLOCK_MONOTONIC) - start >= 2e6, 'two milliseconds');
    fails('EINVAL', 'clock_gettime', () => sys.clockGettime(77));
    fails('EINVAL', 'nanosleep', () => sys.nanosleep(-1));
  });
}

export default function main(): number {
  signals();
  waiting();
  return failed();
}
