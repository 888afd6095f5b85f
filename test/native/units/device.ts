// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// oxlint-disable-next-line typescript/triple-slash-reference
/// <reference path="../../../init/sys.d.ts" />
import * as sys from 'tskit:sys';
import { check, equal, failed, fails, inChild, ok, rejects } from '../check.ts';

const AT_FDCWD = -100;
const O_RDWR = 2;
const O_NOCTTY = 0o400;
const TIOCSCTTY = 0x540e;
const TIOCSPTLCK = 0x40045431;
const TIOCGPTN = 0x80045430;
const CLONE_NEWPID = 0x20000000;
const LINUX_REBOOT_CMD_RESTART = 0x01234567;
const SIGHUP = 1;

function terminals(): void {
  check('a terminal pair is unlocked, numbered, sized and taken as controlling terminal', () => {
    const status = inChild(0, () => {
      const master = sys.openat(AT_FDCWD, '/dev/ptmx', O_RDWR | O_NOCTTY, 0);
      equal(sys.ioctlIntPointer(master, TIOCSPTLCK, 0), 0);
      const number = sys.ioctlIntPointer(master, TIOCGPTN, -1);
      ok(number >= 0, 'the number of a terminal');
      const slave = sys.openat(AT_FDCWD, `/dev/pts/${number}`, O_RDWR | O_NOCTTY, 0);
      sys.setWindowSize(master, 24, 80);
      sys.setsid();
      equal(sys.ioctlInt(slave, TIOCSCTTY, 0), 0);
      return 1;
    });
    equal(status, 1);
  });
  check('what is no terminal is told apart', () => {
    const fd = sys.memfdCreate('plain', 0);
    fails('ENOTTY', 'ioctl', () => sys.ioctlInt(fd, TIOCSCTTY, 0));
    fails('ENOTTY', 'ioctl', () => sys.ioctlIntPointer(fd, TIOCGPTN, 0));
    fails('ENOTTY', 'ioctl TIOCSWINSZ', () => sys.setWindowSize(fd, 1, 1));
    rejects('RangeError', () => sys.setWindowSize(fd, 0x10000, 1));
    rejects('RangeError', () => sys.setInterfaceFlags(fd, 'lo', 0x10001));
    sys.close(fd);
  });
}

function modules(): void {
  check('a file that is no module is refused, by a kernel without modules too', () => {
    const fd = sys.openat(AT_FDCWD, '/proc/self/exe', 0, 0);
    try {
      sys.finitModule(fd, 'a=b', 0);
      throw new Error('expected a failure, found none');
    } catch (error) {
      const { code, message } = error as sys.SysError;
      ok(['EPERM', 'ENOEXEC', 'ENOSYS'].includes(code), `an error of finit_module, not ${message}`);
      equal(message, `finit_module: ${code}`);
    }
    sys.close(fd);
    rejects('TypeError', () => sys.finitModule(0, 'a\0b', 0));
  });
}

function power(): void {
  check('a restart inside a PID namespace ends its first process only', () => {
    const status = inChild(CLONE_NEWPID, () => {
      sys.reboot(LINUX_REBOOT_CMD_RESTART);
      return 0;
    });
    equal(status, 128 + SIGHUP);
  });
  check('an unknown command is refused', () => {
    const status = inChild(CLONE_NEWPID, () => {
      fails('EINVAL', 'reboot', () => sys.reboot(1));
      return 4;
    });
    equal(status, 4);
  });
  check('the action of a crash is set', () => sys.setPanicAction(LINUX_REBOOT_CMD_RESTART));
}

export default function main(): number {
  terminals();
  modules();
  power();
  return failed();
}
